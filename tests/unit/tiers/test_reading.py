"""A manifest is read strictly: every fault with its line and what to write instead."""

import pytest
from inline_snapshot import snapshot
from tests.checkouts import FakeCheckout

from crossproof.documents import BadDocument
from crossproof.tiers.manifest import Flaky, Network, Origin, Runtime
from crossproof.tiers.reading import load
from crossproof.units import Duration
from crossproof.verdict import Exit

CHECKOUT = FakeCheckout({"compose.yml": "", "ci/run.sh": "#!/bin/sh", "ci/not.sh": ""}, executable={"ci/run.sh"})


def read(text):
    return load(text.encode(), ".github/tiers.yml", CHECKOUT)


def refusal(text):
    with pytest.raises(BadDocument) as refused:
        read(text)
    assert refused.value.reason.exit is Exit.CALL_MUST_CHANGE
    return [str(remark) for remark in refused.value.remarks]


WHOLE = """\
version: 1
aws: {role: "arn:aws:iam::111122223333:role/ci", region: eu-central-1}
secrets:
  KEY: {ssm: /ci/key}
  OTHER: {env: OTHER}
defaults: {runtime: {image: "python:3.13"}, timeout: 15m, env: {TESTING: true, PORT: 1}, gates: {max_flaky: 2}}
tiers:
  unit: {run: pytest, runtime: self, paths: [src/**]}
  integration:
    needs: [unit]
    tags: [slow]
    secrets: [KEY]
    env: {PORT: 15433}
    paths: {include: [src/**, tests/**], exclude: ["**/*.md"]}
    setup: {run: poetry install, cache: [~/.cache/pypoetry], key: [poetry.lock]}
    infra: {compose: [compose.yml], network: host, health: {timeout: 1m, accelerate: false}}
    migrate: psql -f m.sql
    script: ci/run.sh
    shards: {count: 4, by: hash}
    timeout: {tier: 20m, test: 300s}
    retry: {infra: 2}
    reports: {junit: [out/*.xml]}
    gates: {coverage: {lines: 80}}
    flaky: quarantine
    quarantine: ["*::test_odd"]
  raw: {argv: [go, test, "./a b/..."]}
"""


def test_what_is_written_is_what_is_meant():
    manifest = read(WHOLE)
    unit, tier, raw = manifest.tiers.values()
    assert manifest.aws_role.endswith("role/ci")
    assert (unit.runtime, unit.command, unit.shards) == (Runtime(), "pytest", 1)
    assert tier.runtime == Runtime(image="python:3.13")
    assert tier.env == {"TESTING": "true", "PORT": "15433"}
    assert (tier.limits.tier, tier.limits.test, unit.limits.tier) == (Duration(1200), Duration(300), Duration(900))
    assert (tier.gates.lines, tier.gates.max_flaky, tier.gates.min_tests) == (80, 2, 1)
    assert (tier.infra.network, tier.infra.health.timeout, tier.infra.health.accelerate) == (
        Network.HOST,
        Duration(60),
        False,
    )
    assert (tier.flaky, tier.shards, tier.shard_by, tier.retry_infra) == (Flaky.QUARANTINE, 4, "hash", 2)
    assert tier.paths.decides("src/a.py")
    assert not tier.paths.decides("src/a.md")
    assert (tier.command, raw.command) == ("./ci/run.sh", "go test './a b/...'")
    assert [(s.name, s.origin, s.key) for s in manifest.secrets_of(["integration", "unit"])] == [
        ("KEY", Origin.SSM, "/ci/key")
    ]


def test_the_same_text_has_the_same_name_and_another_another():
    assert read(WHOLE).sha256 == read(WHOLE).sha256 != read(WHOLE + "\n").sha256


NOT_THERE = """\
version: 1
secrets: {KEY: {ssm: /k}}
tiers:
  a:
    needs: [nobody]
    secrets: [KEY, MISSING]
    env: {KEY: x, PATH: /bin}
    paths: ["src/[a"]
    infra: {compose: [gone.yml]}
    timeout: {test: 0s}
    script: ci/not.sh
  b: {script: nowhere.sh}
"""


def test_what_the_grammar_refuses_is_told_before_any_name_is_looked_up():
    assert refusal(NOT_THERE.replace("{test: 0s}", "{test: 5h5h}")) == snapshot([
        ".github/tiers.yml:10:15: tiers.a.timeout.test: '5h5h' cannot stand here. Write a span of time, such as 90s, 15m or 1h30m.",
    ])  # fmt: skip


def test_names_files_and_patterns_that_do_not_exist_are_told_at_once():
    assert refusal(NOT_THERE) == snapshot(
        [
            ".github/tiers.yml:5:13: tiers.a.needs.0: there is no tier 'nobody'. Known are: `a`, `b`.",
            ".github/tiers.yml:6:15: tiers.a.secrets.0: 'KEY' is set in `env` too. One of the two must go: which one wins is no secret's way.",
            ".github/tiers.yml:6:20: tiers.a.secrets.1: there is no secret 'MISSING'. Known are: `KEY`.",
            ".github/tiers.yml:7:19: tiers.a.env.PATH: PATH belongs to the runtime. Set it in `run`.",
            ".github/tiers.yml:8:5: tiers.a.paths: 'src/[a' has a `[` without its `]`.",
            ".github/tiers.yml:9:23: tiers.a.infra.compose.0: there is no file 'gone.yml'. Compose files are named from the repository's root.",
            ".github/tiers.yml:10:15: tiers.a.timeout.test: must be longer than nothing.",
            ".github/tiers.yml:11:5: tiers.a.script: 'ci/not.sh' is not executable. Run: git update-index --chmod=+x ci/not.sh",
            ".github/tiers.yml:12:7: tiers.b.script: there is no file 'nowhere.sh'. It is looked for below `workdir`.",
        ]
    )


def test_a_circle_of_needs_is_shown_whole():
    assert refusal("""\
version: 1
tiers:
  a: {run: x, needs: [b]}
  b: {run: x, needs: [c]}
  c: {run: x, needs: [a]}
""") == snapshot([".github/tiers.yml:3:15: tiers.a.needs: tiers need each other in a circle: a → b → c → a. Break it."])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 2\ntiers: {a: {run: x}}", "version: 2 cannot stand here. Write 1."),
        ("version: 1\ntiers: {}", "tiers: a mapping cannot stand here."),
        ("version: 1\ntiers: {a: {run: x, rnu: y}}", "the key 'rnu' is not known here. Did you mean `run`?"),
        ("version: 1\ntiers: {a: {}}", "the key `run` is missing."),
        ("version: 1\ntiers: {a: {run: x, script: ci/run.sh}}", "only one of run, script and argv"),
        ("version: 1\ntiers: {a: {run: x, argv: [y]}}", "only one of run, script and argv"),
        ("version: 1\ntiers: {a: {run: x}, a: {run: y}}", "the key 'a' stands here twice"),
        ("version: 1\ntiers: {Big: {run: x}}", "lower-case letters"),
        ("version: 1\nsecrets: {A: {ssm: /a, env: B}}\ntiers: {a: {run: x}}", "exactly one of ssm"),
        ("version: 1\ntiers: {a: {run: x, workdir: ../up}}", "without .."),
        ("version: 1\ntiers: {a: {run: x, timeout: 15:00}}", "such as 90s"),
        ("version: 1\ntiers: {a: {run: x, shards: 300}}", "1 to 256"),
        ("version: 1\ntiers: {a: {run: x, infra: {compose: []}}}", "compose"),
    ],
)  # fmt: skip
def test_each_fault_of_form_says_what_to_write(text, said):
    assert said in "\n".join(refusal(text))


def test_patterns_that_only_take_back_are_refused_because_nothing_would_ever_select_the_tier():
    assert refusal('version: 1\ntiers:\n  a: {run: x, paths: ["!docs/**", "!**/*.md"]}\n') == snapshot(
        [
            ".github/tiers.yml:3:15: tiers.a.paths: all patterns only take back, so nothing would select the tier. Begin with what does: `**`."
        ]
    )


def test_a_tier_s_own_coverage_gate_stands_beside_the_one_that_holds_for_all():
    text = "version: 1\ndefaults: {gates: {coverage: {lines: 80}}}\ntiers:\n  a: {run: x, gates: {coverage: {branches: 50}}}\n"
    gates = read(text).tiers["a"].gates
    assert (gates.lines, gates.branches) == (80, 50)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("/out/r.xml", "begins with /, and patterns are relative"),
        ("out/**.xml", "has a ** that is not all between two /"),
    ],
)
def test_a_pattern_by_which_no_report_can_be_found_is_refused(pattern, why):
    text = f"version: 1\ntiers:\n  a: {{run: x, reports: {{junit: ['{pattern}']}}}}\n"
    assert refusal(text) == [f".github/tiers.yml:3:33: tiers.a.reports.junit.0: '{pattern}' {why}."]
