"""Two runs that need the same build, at the same time and in two repositories, on a real registry: one image in the end."""

import threading

import pytest
from tests import events
from tests.clocks import JumpingClock
from tests.companions import FakeSources, push_image, sha_of
from tests.registries import Running, missing, registry

from crossproof.actions.resolve_dashboard_image import Inputs, World, run
from crossproof.clock import SystemClock
from crossproof.images import manifests
from crossproof.images.hosts import Registry
from crossproof.registry.distribution import OciRegistry
from crossproof.runner.inputs import parse


@pytest.fixture
def images(tmp_path):
    if why := missing():
        pytest.skip(why)
    with registry(tmp_path) as running:
        yield running


class Immutable:
    """What an ECR repository with immutable `xr-*` tags adds to a registry: the first push under a tag is the only one."""

    def __init__(self, images: Running) -> None:
        self.images, self.taken, self.lock = images, {}, threading.Lock()
        self.put_blob = images.put_blob

    def push(self, repository: str, content: bytes, media_type: str, *tags: str) -> str:
        digest = self.images.push(repository, content, media_type)
        for tag in tags:
            with self.lock:
                if tag.startswith("xr-") and self.taken.setdefault(tag, digest) != digest:
                    continue  # ImageTagAlreadyExistsException: the workflow goes on, and looks what is there
                assert self.images.tag(repository, content, media_type, tag).status_code == 201
        return digest


def test_both_end_with_the_same_image(images, times):
    closed = Immutable(images)
    for number in range(times(few=3, many=50)):
        gateway = FakeSources(trees={events.HEAD: {"apidef": f"round {number}", "go.mod": "m"}})
        dashboard = FakeSources(branches={"master": sha_of("m"), "feat/x": sha_of("x")})
        ready, ends = threading.Barrier(2), []

        def resolve(gateway=gateway, dashboard=dashboard, **more: str):
            given = {"companion_repository": "acme/dashboard", "ecr_registry": images.host, "relevant_paths": "apidef"}
            world = World(
                event=events.pull_request(),
                server="github.com",
                companion=dashboard,
                subject=gateway,
                # On the machine's own clock: this registry answers 500 while it writes, which passes with time only.
                registry=lambda: OciRegistry(Registry.parse(images.host), SystemClock()),
                clock=JumpingClock(),
                say=lambda _: None,
                cost=dict,
            )
            return run(parse(Inputs, {**given, **more}.items()), world).outputs

        def one(builder: str, resolve=resolve, ready=ready, ends=ends) -> None:
            wanted = resolve()
            ready.wait(60)
            said = {
                manifests.REVISION: wanted["dashboard_sha"],
                manifests.BUILD_KEY: wanted["build_key"],
                manifests.USED_PATHS: "apidef",
            }
            tags = [wanted[name].rpartition(":")[2] for name in ("build_image", "last_image")]
            # Two images that differ to the last part: this registry trips over one part that comes twice at once.
            labels = {"built-by": f"{builder} in {wanted['build_key']}"}
            push_image(closed, "dashboard", *tags, labels=labels, annotations=said, index=True)
            ends.append((wanted["needs_build"], resolve(build="never")))

        both = [threading.Thread(target=one, args=(builder,)) for builder in ("here", "there")]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert [needed for needed, _ in ends] == ["true", "true"]
        assert {end["strategy"] for _, end in ends} == {"existing-image"}, [end["candidates"][-900:] for _, end in ends]
        assert len({end["digest"] for _, end in ends}) == 1
