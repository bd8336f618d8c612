"""How GitHub's description is cut down."""

import pytest

from crossproof_sandbox.rest.extract import subset

DESCRIPTION = {
    "paths": {
        "/a/{x}": {
            "post": {
                "description": "prose",
                "parameters": [{"$ref": "#/components/parameters/x"}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "description": {"type": "string", "description": "prose", "nullable": True},
                    "old": {"type": "string"},
                }}}}},
                "responses": {
                    "200": {"description": "prose", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}},
                    "204": {"description": "prose"},
                },
                "x-github-breaking-changes": [
                    {"version": "2026-03-10", "patch": [
                        {"op": "remove", "path": "/responses/204"},
                        {"op": "remove", "path": "/requestBody/content/application~1json/schema/properties/old"},
                    ]},
                    {"version": "1999-01-01", "patch": [{"op": "remove", "path": "/responses"}]},
                ],
            },
            "get": {
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}}},
                "x-github-breaking-changes": [
                    {"version": "2026-03-10", "patch": {"responses": {"202": {"description": "x"}, "200": None}}}
                ],
            },
        },
    },
    "components": {
        "parameters": {"x": {"name": "x", "in": "path", "required": True, "schema": {"type": "integer", "example": 1}}},
        "schemas": {
            "thing": {"title": "T", "type": "object", "properties": {
                "title": {"$ref": "#/components/schemas/part", "nullable": True, "description": "ignored beside a $ref"},
                "state": {"type": "string", "enum": ["on"], "nullable": True},
                "any": {"nullable": True, "oneOf": [{"type": "string"}]},
                "examples": {"type": "array", "items": {"type": "string"}, "example": ["x"]},
            }},
            "part": {"type": "object"},
            "unused": {"type": "object"},
        },
    },
}  # fmt: skip


@pytest.fixture
def cut():
    return subset(DESCRIPTION, [("POST", "/a/{x}"), ("GET", "/a/{x}")])


def test_only_what_is_reached_is_kept_and_no_prose(cut):
    assert sorted(cut["schemas"]) == ["part", "thing"]
    assert "prose" not in str(cut)
    assert cut["schemas"]["thing"] == {
        "type": "object",
        "properties": {
            "title": {"$ref": "#/schemas/part"},
            "state": {"type": ["string", "null"], "enum": ["on", None]},
            "any": {"anyOf": [{"oneOf": [{"type": "string"}]}, {"type": "null"}]},
            "examples": {"type": "array", "items": {"type": "string"}},
        },
    }


def test_properties_that_are_called_like_prose_are_kept(cut):
    body = cut["operations"]["POST /a/{x}"]["body"]
    assert body["properties"]["description"] == {"type": ["string", "null"]}


def test_a_version_is_a_patch_of_either_kind(cut):
    post = cut["operations"]["POST /a/{x}"]
    assert list(post["answers"]) == ["200", "204"]
    assert list(post["versions"]) == ["2026-03-10"]
    assert list(post["versions"]["2026-03-10"]["answers"]) == ["200"]
    assert "old" not in post["versions"]["2026-03-10"]["body"]["properties"]
    assert list(cut["operations"]["GET /a/{x}"]["versions"]["2026-03-10"]["answers"]) == ["202"]


def test_an_operation_that_is_not_described_is_an_error():
    with pytest.raises(SystemExit, match="no PUT /a"):
        subset(DESCRIPTION, [("PUT", "/a")])
