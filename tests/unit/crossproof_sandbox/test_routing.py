"""Which operation a path means."""

import pytest

from crossproof_sandbox.routing import Routes, operations

ROUTES = Routes()


@pytest.mark.parametrize(("method", "template"), operations())
def test_every_operation_is_found_by_its_own_path(method, template):
    found = ROUTES.find(method, template.replace("{", "").replace("}", ""))
    assert found
    assert found[0].template == template


@pytest.mark.parametrize(
    ("path", "template", "params"),
    [
        ("/repos/o/r/commits/feature/x/status", "commits/{ref}/status", {"ref": "feature/x"}),
        ("/repos/o/r/commits/feature%2Fx", "commits/{ref}", {"ref": "feature/x"}),
        ("/repos/o/r/contents/a/b.txt", "contents/{path}", {"path": "a/b.txt"}),
        ("/repos/o/r/compare/a/b...c/d", "compare/{basehead}", {"basehead": "a/b...c/d"}),
    ],
)
def test_refs_and_paths_may_contain_slashes(path, template, params):
    op, found = ROUTES.find("GET", path)
    assert op.template == "/repos/{owner}/{repo}/" + template
    assert params.items() <= found.items()


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/"), ("GET", "/repos/o"), ("GET", "/repos/o/r/actions/runs/1/2/3/4")]
)
def test_what_the_sandbox_does_not_speak_is_not_found(method, path):
    assert ROUTES.find(method, path) is None
