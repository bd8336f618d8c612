"""A repository without a manifest is read by its layout, and what was read is a manifest that can be committed."""

import pytest
from inline_snapshot import snapshot
from tests.checkouts import FakeCheckout

from crossproof.errors import BadCall
from crossproof.tiers import conventions
from crossproof.tiers.manifest import Runtime
from crossproof.tiers.reading import load

SEED = FakeCheckout(
    {
        "scripts/ci/run-integration-tests.sh": '#!/bin/bash\npoetry install\n"$ROOT/services/agent_executor/scripts/ci/run-tests.sh"\n',
        "services/agent_executor/scripts/ci/run-tests.sh": "#!/bin/bash\ndocker-compose -f x up -d\npytest\n",
        "tests/integration/docker-compose.test.yml": "services: {}",
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    },
    executable={"scripts/ci/run-integration-tests.sh"},
)


def test_a_script_hierarchy_is_one_tier_and_its_compose_file_is_left_to_it():
    inferred = conventions.infer(SEED)
    assert inferred.text == snapshot("""\
# Inferred from the repository's layout; commit it as .github/tiers.yml to change it.
version: 1
tiers:
  integration:
    # runtime: {docker: true}
    run: "./scripts/ci/run-integration-tests.sh"
""")
    assert inferred.because == snapshot(
        [
            "integration: scripts/ci/run-integration-tests.sh runs it, which calls services/agent_executor/scripts/ci/run-tests.sh"
        ]
    )
    assert inferred.noticed == snapshot(
        ["tests/integration/docker-compose.test.yml: started by the scripts themselves"]
    )
    assert inferred.runtime == "docker: true"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("docker: true", Runtime(docker=True)), ("self", Runtime()), ("{image: acme/ci}", Runtime(image="acme/ci"))],
)
def test_the_one_line_that_a_layout_cannot_tell_makes_it_a_whole_manifest(said, meant):
    text = conventions.infer(SEED, said).text
    assert load(text.encode(), "inferred", SEED).tiers["integration"].runtime == meant


def test_services_with_scripts_of_their_own_are_a_tier_each():
    checkout = FakeCheckout({f"services/{n}/scripts/ci/run-tests.sh": "" for n in ("api", "9-Lives", "web")})
    assert list(load(conventions.infer(checkout).text.encode(), "x", checkout).tiers) == ["tests-9-lives", "api", "web"]


@pytest.mark.parametrize(
    ("file", "text", "run"),
    [("tox.ini", "", "tox"), ("noxfile.py", "", "nox"), ("pyproject.toml", "[tool.pytest.ini_options]", "pytest")],
)
def test_else_the_test_runner_s_own_settings_tell(file, text, run):
    checkout = FakeCheckout({file: text, "docker-compose.test.yml": ""})
    inferred = conventions.infer(checkout)
    assert load(inferred.text.encode(), "x", checkout).tiers["tests"].command == run
    assert "not used" in inferred.noticed[0]


def test_where_nothing_tells_the_way_out_is_shown():
    with pytest.raises(BadCall) as refused:
        conventions.infer(FakeCheckout({"README.md": ""}))
    assert "tiers:\n  unit:" in refused.value.fix


def test_a_script_that_nothing_calls_is_not_left_out_without_a_word():
    scripts = {
        "scripts/ci/run-unit-tests.sh": "#!/bin/bash\npytest\n",
        "services/api/scripts/ci/run-tests.sh": "#!/bin/bash\npytest\n",
    }
    inferred = conventions.infer(FakeCheckout(scripts))
    assert inferred.noticed == [
        "services/api/scripts/ci/run-tests.sh: NOT RUN, since none of these seems to call it; a manifest can name it"
    ]


def test_scripts_that_are_called_in_a_loop_are_seen_and_so_is_what_they_need():
    scripts = {
        "scripts/ci/run-integration-tests.sh": "#!/bin/bash\nfor each in services/*/scripts/ci/run-tests.sh; do $each; done\n",
        "services/a/scripts/ci/run-tests.sh": "#!/bin/bash\npytest\n",
        "services/b/scripts/ci/run-tests.sh": "#!/bin/bash\ndocker compose up -d\npytest\n",
    }
    inferred = conventions.infer(FakeCheckout(scripts))
    assert (inferred.runtime, inferred.noticed) == ("docker: true", [])
