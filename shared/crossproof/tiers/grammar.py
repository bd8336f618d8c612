"""The grammar of `.github/tiers.yml`: the one source of the strict reader, the editor's hints and the published schema.

Draft-07 on purpose: editors' YAML servers understand it.
"""

from typing import Any

Grammar = dict[str, Any]

_TIER_NAME = "^[a-z][a-z0-9-]{0,39}$"
_VARIABLE = "^[A-Za-z_][A-Za-z0-9_]{0,127}$"
_DURATION = {
    "type": ["string", "integer"],
    "pattern": "^([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$|^[0-9]{1,8}$",
    "minLength": 1,
    "$comment": "a span of time, such as 90s, 15m or 1h30m",
}
_NAME = {"type": "string", "pattern": _TIER_NAME, "$comment": "lower-case letters, digits and -, a letter first"}
_TEXT = {"type": "string", "minLength": 1}
_PATH = {
    "type": "string",
    "pattern": r"^(?!/)(?!.*(^|/)\.\.(/|$))[^\x00]+$",
    "$comment": "a path inside the repository, without a leading / and without ..",
}
_COUNT = {"type": "integer", "minimum": 0}


def _said(description: str, grammar: Grammar) -> Grammar:
    return {**grammar, "description": description}


def _closed(description: str, required: tuple[str, ...] = (), /, **properties: Any) -> Grammar:
    """Describe a mapping that knows exactly these keys."""
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Grammar, least: int = 0) -> Grammar:
    return {"type": "array", "items": items, "minItems": least}


def _short(short: Grammar, long: Grammar, kind: str = "object") -> Grammar:
    """Allow a short form beside the mapping; `if` instead of `oneOf`, so that a fault is explained by one of them."""
    return {"if": {"type": kind}, "then": long, "else": short, "description": long.get("description", "")}


_ENV = {
    "description": "Variables of the tests, as text, number, true or false.",
    "type": "object",
    "propertyNames": {"pattern": _VARIABLE, "$comment": "a name of letters, digits and _"},
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_SECRET = {
    **_closed(
        "Where a secret comes from: one of these.",
        ssm=_said("Name (or ARN, with `:version` or `:label` if wanted) of an SSM parameter.", _TEXT),
        secretsmanager=_said("Name of a secret of Secrets Manager.", _TEXT),
        env=_said("A variable of the step, such as one set from `secrets.NAME`.", {"pattern": _VARIABLE, **_TEXT}),
        file=_said("A file of the workspace that an earlier step wrote.", _PATH),
    ),
    "minProperties": 1,
    "maxProperties": 1,
    "$comment": "exactly one of ssm, secretsmanager, env and file",
}
_RUNTIME = _short(
    {"enum": ["self"], "$comment": "`self` for the action's own container, or a mapping with `image`"},
    _closed(
        "What the tests run in.",
        image=_said("An image; it needs a POSIX shell.", _TEXT),
        docker=_said("The tests start containers themselves: they get the engine's socket, and run on its host.",
                     {"type": "boolean"}),
        user=_said("`workspace` (the owner of the checkout, the default) or `root`.", {"enum": ["workspace", "root"]}),
    ),
)  # fmt: skip
_PATHS = _short(
    _list(_TEXT, 1),
    _closed(
        "Which changed files select the tier: patterns as in .gitignore, the last that matches counts.",
        include=_said("Patterns of files that select it.", _list(_TEXT, 1)),
        exclude=_said("Patterns of files that do not.", _list(_TEXT, 1)),
    ),
)
_SETUP = _short(
    _TEXT,
    _closed(
        "What makes the tests runnable, such as installing their dependencies.",
        ("run",),
        run=_said("Shell commands.", _TEXT),
        cache=_said("Directories worth keeping between runs; `~` is the home directory of the tests.", _list(_TEXT)),
        key=_said("Files whose content decides whether a kept cache still fits.", _list(_PATH)),
    ),
)
_INFRA = _closed(
    "The services that the tests need.",
    ("compose",),
    compose=_said("Compose files, as on a laptop; later ones add to earlier ones.", _list(_PATH, 1)),
    profiles=_said("Profiles of the Compose files to start.", _list(_TEXT)),
    network=_said(
        "auto (the default): isolated, or host where that cannot be. isolated: published ports on the tests' own "
        "localhost, so that equal stacks run side by side. host: ports on the machine's. attach: service names only. "
        "none: no way to the services.",
        {"enum": ["auto", "isolated", "host", "attach", "none"]},
    ),
    health=_closed(
        "When the services count as ready.",
        timeout=_said("How long all of them together may take.", _DURATION),
        stable=_said("How long a service without a health check must have run.", _DURATION),
        accelerate=_said("Ask health checks twice a second, over the same total time.", {"type": "boolean"}),
        probe_ports=_said("Wait for published ports where there is no health check.", {"type": "boolean"}),
    ),
    logs=_closed("How much of the services' logs is shown after a failure.", tail=_said("Lines.", _COUNT)),
)
_TIMEOUT = _short(
    _DURATION,
    _closed(
        "How long things may take.",
        tier=_said("The whole tier, its infrastructure included.", _DURATION),
        test=_said("One test: it is killed and named.", _DURATION),
        quiet=_said("Without a line of output.", _DURATION),
    ),
)
_GATES = _closed(
    "What must hold beyond green tests.",
    min_tests=_said("So many tests at least must have run; 1 unless said otherwise.", _COUNT),
    max_flaky=_said("So many flaky tests at most.", _COUNT),
    coverage=_closed(
        "Least coverage in percent.",
        lines={"type": "number", "minimum": 0, "maximum": 100},
        branches={"type": "number", "minimum": 0, "maximum": 100},
    ),
)
_COMMON: Grammar = {
    "runtime": _RUNTIME,
    "timeout": _TIMEOUT,
    "flaky": _said(
        "warn: shown, and the tier passes. fail: the tier fails. quarantine: only tests listed under `quarantine` may "
        "flake or fail.",
        {"enum": ["warn", "fail", "quarantine"]},
    ),
    "quarantine": _said("Tests (patterns of their ids) that `flaky: quarantine` forgives.", _list(_TEXT)),
    "retry": _closed(
        "What is tried again.",
        infra=_said("Starting the infrastructure, each time afresh.", {**_COUNT, "maximum": 5}),
    ),
    "gates": _GATES,
    "env": _ENV,
    "runner": _said("Label of the runner for this tier's jobs of a matrix.", _TEXT),
    "pass_aws": _said("The tests get the step's AWS credentials.", {"type": "boolean"}),
}
_TIER = {
    **_closed(
        "One tier of tests.",
        description=_said("What it proves.", _TEXT),
        owner=_said("Who answers for it.", _TEXT),
        needs=_said("Tiers that must have passed before.", _list(_NAME)),
        tags=_said("Words to select it by.", _list(_NAME)),
        workdir=_said("Where its commands run.", _PATH),
        paths=_PATHS,
        secrets=_said("Names of the secrets it gets.", _list({"type": "string", "pattern": _VARIABLE})),
        require=_closed(
            "What must be there before anything starts.",
            env=_said("Variables that must not be empty.", _list({"type": "string", "pattern": _VARIABLE})),
            commands=_said("Commands that the runtime must have.", _list(_TEXT)),
        ),
        setup=_SETUP,
        infra=_INFRA,
        migrate=_said("Shell commands between ready services and tests; the first that fails ends it.", _TEXT),
        run=_said("Shell commands that run the tests.", _TEXT),
        script=_said("An executable file that runs the tests.", _PATH),
        argv=_said("A command and its arguments.", _list(_TEXT, 1)),
        shards=_short(
            {"type": "integer", "minimum": 1, "maximum": 256, "$comment": "a number of shards from 1 to 256"},
            _closed(
                "Into how many jobs the tests are split (pytest only).",
                ("count",),
                count={"type": "integer", "minimum": 1, "maximum": 256},
                by=_said("duration (the default; hash where none is known) or hash.", {"enum": ["duration", "hash"]}),
            ),
        ),
        reports=_closed(
            "What the tests write themselves, as patterns of files below `workdir`.",
            junit=_said("JUnit XML of tools other than pytest.", _list(_TEXT)),
            coverage=_said("Cobertura XML, coverage.py JSON or LCOV.", _list(_TEXT)),
        ),
        **_COMMON,
    ),
    "if": {"required": ["script"]},
    "then": {
        "not": {"anyOf": [{"required": ["run"]}, {"required": ["argv"]}]},
        "$comment": "only one of run, script and argv",
    },
    "else": {
        "if": {"required": ["argv"]},
        "then": {"not": {"required": ["run"]}, "$comment": "only one of run, script and argv"},
        "else": {"required": ["run"]},
    },
}  # fmt: skip
MANIFEST: Grammar = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Tiers of tests",
    **_closed(
        "Which tiers of tests a repository has, and what each needs.",
        ("version", "tiers"),
        version=_said("1", {"const": 1, "$comment": "1"}),
        aws=_closed(
            "The role that may read the secrets; the inputs `aws_role` and `aws_region` go before it.",
            role=_said("ARN of the role to take through OIDC.", _TEXT),
            region=_said("AWS region.", _TEXT),
        ),
        secrets={
            "description": "Secrets by the name of the variable in which the tests find them.",
            "type": "object",
            "propertyNames": {"pattern": _VARIABLE, "$comment": "a name of letters, digits and _"},
            "additionalProperties": _SECRET,
        },
        defaults=_closed("What holds for every tier that does not say otherwise.", **_COMMON),
        tiers={
            "description": "Tiers by name.",
            "type": "object",
            "propertyNames": {"pattern": _TIER_NAME, "$comment": "lower-case letters, digits and -, a letter first"},
            "additionalProperties": _TIER,
            "minProperties": 1,
        },
    ),
}
