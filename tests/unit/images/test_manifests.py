"""What a registry keeps: images and indexes of four forms, and everything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.images import manifests
from crossproof.images.manifests import ACCEPTED, Manifest, Stored
from crossproof.probe import Absent, Present, Unknown

DIGEST, CONFIG = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PLATFORM = {"os": "linux", "architecture": "amd64"}


def stored(body, media_type=manifests.MANIFEST):
    return Stored(json.dumps(body).encode() if not isinstance(body, bytes) else body, media_type, DIGEST)


def test_an_image_names_its_configuration_and_its_annotations():
    read = manifests.manifest(stored({"config": {"digest": CONFIG}, "annotations": {"a": "1"}}))
    assert read == Present(Manifest(digest=DIGEST, annotations={"a": "1"}, config=CONFIG))


@pytest.mark.parametrize("form", [manifests.INDEX, manifests.DOCKER_LIST])
def test_an_index_lists_images_by_platform_and_attestations_are_none(form):
    listed = [
        {"digest": CONFIG, "platform": PLATFORM},
        {"digest": DIGEST, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {"digest": DIGEST, "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": DIGEST},
    ]
    read = manifests.manifest(stored({"manifests": listed}, form))
    children = {"linux/amd64": CONFIG, "linux/arm64": DIGEST}
    assert read == Present(Manifest(digest=DIGEST, children=children, parts=(CONFIG, DIGEST, DIGEST, DIGEST)))


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", {"schemaVersion": 1}),
        ("text/html", b"<html>"),
        ("", {"config": {"digest": CONFIG}}),
        (manifests.MANIFEST, b"{"),
        (manifests.MANIFEST, []),
        (manifests.MANIFEST, {}),
        (manifests.MANIFEST, {"config": {"digest": 5}}),
        (manifests.INDEX, {}),
        (manifests.INDEX, {"manifests": "none"}),
    ],
)
def test_a_foreign_or_broken_form_is_unknown_and_never_an_image(media_type, body):
    assert isinstance(manifests.manifest(stored(body, media_type)), Unknown)


def test_a_configuration_tells_platform_and_labels():
    read = manifests.config(json.dumps({**PLATFORM, "config": {"Labels": {"a": "1"}}}).encode())
    assert isinstance(read, Present)
    assert (read.value.platform, read.value.labels) == ("linux/amd64", {"a": "1"})
    assert isinstance(manifests.config(b"no"), Unknown)
    bare = manifests.config(json.dumps({**PLATFORM, "config": {"Labels": None}}).encode())
    assert isinstance(bare, Present)
    assert bare.value.labels == {}


def test_a_missing_platform_is_a_lack_that_is_named():
    assert manifests.lacking(("linux/amd64",), ("linux/amd64",)) is None
    lack = manifests.lacking(("linux/arm64",), ("linux/amd64", "linux/arm64"))
    assert lack == Absent("it is there for linux/arm64 and not for linux/amd64")


def test_platforms_are_read_as_docker_writes_them():
    assert manifests.platforms("linux/amd64, linux/arm64/v8 linux/amd64") == ("linux/amd64", "linux/arm64")
    with pytest.raises(ValueError, match="is no platform"):
        manifests.platforms("amd64")


@given(st.binary(max_size=200), st.sampled_from((*ACCEPTED, "text/plain")))
def test_no_bytes_raise(content, media_type):
    manifests.manifest(Stored(content, media_type, DIGEST))
    manifests.config(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["manifests", "config", "digest", "platform", "os", "annotations", "Labels", "architecture"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from(ACCEPTED))
def test_no_shape_of_json_raises(value, media_type):
    manifests.manifest(stored(value, media_type))
    manifests.config(json.dumps(value).encode())
