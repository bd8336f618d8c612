"""The image: what is in it, what is not, and that it can be built wherever the runner builds it."""

import ast
import json
import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest
from tests.as_the_runner import engine
from tests.as_the_runner.action_yml import ROOT, find

from crossproof.actions import ACTIONS

EACH = {find(action).image: find(action) for action in ACTIONS}  # built here, or on a release commit published
SERVICES = runpy.run_path(str(ROOT / "requirements/slim.py"))["SERVICES"]
OF_PROFILES = {"sso", "sso-oidc"}  # no adapter asks them: botocore does, for a profile with single sign-on


@pytest.fixture(scope="module", params=EACH, ids=lambda image: image.rpartition("/")[2][:40])
def image(request, in_container):
    return engine.image_of(EACH[request.param])


def python(image: str, script: str) -> list:
    """Run a script in an image; each line it prints comes back, read as JSON."""
    said = engine.docker(
        "run", "--rm", "--network", "none", "--entrypoint", "/opt/crossproof/bin/python", image, "-Ic", script
    )
    return [json.loads(line) for line in said.splitlines()]


def test_every_action_has_its_launcher_and_one_for_its_post_step(image):
    names = python(image, 'import json, os\nprint(json.dumps(os.listdir("/opt/crossproof/bin")))')[0]
    launchers = {name for name in names if not name.startswith("python")}
    assert launchers == {*ACTIONS, *(f"{action}-post" for action in ACTIONS)}
    for action in ACTIONS:
        metadata = find(action)
        assert metadata.entrypoint == f"/opt/crossproof/bin/{action}"
        assert metadata.post_entrypoint in {"", f"/opt/crossproof/bin/{action}-post"}


def test_nothing_is_in_it_that_no_action_uses(image):
    strangers = ("pip", "setuptools", "crossproof_sandbox", "crossproof_docs", "pytest", "moto")
    script = f"import json, importlib.util as u\nprint(json.dumps([n for n in {strangers} if u.find_spec(n)]))"
    assert python(image, script) == [[]]


def test_the_runner_s_own_user_and_directory_are_left_alone(image):
    config = json.loads(engine.docker("image", "inspect", "--format", "{{json .Config}}", image))
    assert config.get("User", "") == ""
    assert config.get("WorkingDir", "") in {"", "/"}
    assert config["Entrypoint"] == ["/opt/crossproof/bin/python", "-Iu", "-m", "crossproof"]


def test_each_service_that_an_adapter_asks_is_described_in_it_and_no_other(image):
    asked = {
        call.args[0].value
        for source in (ROOT / "shared/crossproof").rglob("*.py")
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "client"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert asked <= SERVICES - OF_PROFILES
    script = "import boto3, json\nfor name in {names}:\n    print(json.dumps(boto3.client(name, region_name='eu-central-1').meta.service_model.service_name))"
    assert python(image, script.format(names=sorted(SERVICES))) == sorted(SERVICES)


def test_the_caller_s_files_and_variables_cannot_stand_in_for_modules(image, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('the checkout was imported')")
    call = [
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "-v",
        f"{tmp_path}:/github/workspace",
        "-w",
        "/github/workspace",
    ]
    call += ["-e", "PYTHONPATH=/github/workspace", "-e", "PYTHONSTARTUP=/github/workspace/json.py"]
    for start in ([image, "--help"], ["--entrypoint", f"/opt/crossproof/bin/{next(iter(ACTIONS))}", image]):
        said = subprocess.run([*call, *start], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert "crossproof" in said.stdout
        assert "the checkout was imported" not in said.stdout


UNCOMPILED = """
import importlib, json, os, pkgutil, sys
sys.dont_write_bytecode = True
import crossproof, github, boto3
boto3.client("s3", region_name="eu-central-1")
for module in pkgutil.walk_packages(crossproof.__path__, "crossproof."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
cached = {name: getattr(module, "__cached__", None) for name, module in sys.modules.items()}
print(json.dumps([name for name, file in cached.items() if file and not os.path.exists(file)]))
"""
BARE = "FROM {base}\nRUN find / -xdev -name '*.pyc' -delete\n"


def test_no_start_compiles_anything(image):
    assert python(image, UNCOMPILED) == [[]]


def test_not_even_on_a_base_without_the_standard_library_s_bytecode(in_container, tmp_path):
    base = re.search("^ARG PYTHON_IMAGE=(.*)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1]
    (tmp_path / "Dockerfile").write_text(BARE.format(base=base))
    bare = _built("bare-base", str(tmp_path))
    assert python(_built("on-bare", str(ROOT), "--build-arg", f"PYTHON_IMAGE={bare}"), UNCOMPILED) == [[]]


def test_buildkit_builds_it_too(in_container):
    """GitHub's runner has BuildKit. Debian's command brings it along, newer ones need a plugin: take one that can."""
    commands = [path for folder in os.get_exec_path() if (path := Path(folder, "docker")).exists()]
    able = [path for path in commands if _can_buildkit(path)]
    if not able:
        pytest.skip("no docker command here has BuildKit (package docker-buildx)")
    assert python(_built("buildkit", str(ROOT), docker=able[0], DOCKER_BUILDKIT="1"), UNCOMPILED) == [[]]


def _can_buildkit(docker: Path) -> bool:
    said = subprocess.run(
        [docker, "build", "--quiet", "-"],
        input="FROM scratch\nLABEL only=this\n",
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode == 0


def _built(what: str, context: str, *options: str, docker: Path = Path("docker"), **env: str) -> str:
    tag = engine.tag_for(what)
    said = subprocess.run(
        [docker, "build", "--network", "host", *options, "-t", tag, context],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
    return tag
