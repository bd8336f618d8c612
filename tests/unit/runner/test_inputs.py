"""A call is read once, into typed values, or into the list of everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.hostile import any_text

from crossproof.errors import BadCall, Fault
from crossproof.runner.inputs import InputSpec, defaults_of, given_in_env, optional, parse, required, secret, specs
from crossproof.units import Duration, RepoRef, SecretStr, flag, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    token: SecretStr | None = secret("A token.", in_action="${{ github.token }}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Shared):
    repository: RepoRef = required("The repository.", read=RepoRef.parse)
    head_ref: str | None = optional("The branch.", read=text)
    timeout: Duration = optional("How long.", read=Duration.parse, default="15m")
    dry_run: bool = optional("Only the plan.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        if self.head_ref == "HEAD":
            return [Fault("head_ref", "HEAD moves: name a branch")]
        return []


def faults_of(pairs, **options):
    with pytest.raises(BadCall) as caught:
        parse(Inputs, pairs, **options)
    return [(fault.where, fault.what) for fault in caught.value.faults]


def test_what_the_runner_passes_is_read_into_typed_values():
    env = {
        "INPUT_REPOSITORY": "o/r",
        "INPUT_HEAD-REF": "main",
        "INPUT_DRY_RUN": "true",
        "INPUT_TOKEN": " t ",
        "GITHUB_SHA": "x",
    }
    inputs = parse(Inputs, given_in_env(env).items())
    assert inputs == Inputs(
        repository=RepoRef("o", "r"), head_ref="main", timeout=Duration(900), dry_run=True, token=SecretStr("t")
    )


def test_an_omitted_input_arrives_empty_and_has_its_default():
    env = {
        "INPUT_REPOSITORY": "o/r",
        "INPUT_HEAD_REF": "",
        "INPUT_TIMEOUT": " \n",
        "INPUT_DRY_RUN": "",
        "INPUT_TOKEN": "",
    }
    inputs = parse(Inputs, given_in_env(env).items())
    assert (inputs.head_ref, inputs.timeout, inputs.dry_run, inputs.token) == (None, Duration(900), False, None)


def test_all_faults_of_a_call_are_told_at_once():
    pairs = [("head_rev", "main"), ("timeout", "15:00"), ("dry_run", "yes"), ("colour", "red")]
    assert faults_of(pairs) == snapshot(
        [
            ("head_rev", "is not an input of this action; did you mean head_ref?"),
            ("colour", "is not an input of this action"),
            ("repository", "is required: The repository."),
            ("timeout", "'15:00' is no duration; write 90, 90s, 15m or 1h30m"),
            ("dry_run", "'yes' is neither true nor false"),
        ]
    )


@pytest.mark.parametrize("spelling", ["head_ref", "head-ref", "Head-Ref", "head ref", "HEAD_REF"])
def test_every_spelling_of_an_input_is_the_same_input(spelling):
    assert parse(Inputs, [("repository", "o/r"), (spelling, "main")]).head_ref == "main"


def test_two_spellings_with_one_value_are_harmless_and_with_two_values_a_fault():
    both = [("repository", "o/r"), ("head-ref", "a"), ("head_ref", "a")]
    assert parse(Inputs, both).head_ref == "a"
    assert faults_of([*both[:2], ("head_ref", "b")]) == [
        ("head_ref", "is given twice, as head-ref and head_ref, with different values ('a', 'b')")
    ]
    assert parse(Inputs, [*both[:2], ("head_ref", "")]).head_ref == "a"


def test_what_the_runner_adds_to_every_container_action_is_no_fault():
    env = {"INPUT_REPOSITORY": "o/r", "INPUT_ARGS": "--help", "INPUT_ENTRYPOINT": "/bin/sh"}
    assert parse(Inputs, given_in_env(env).items()).repository == RepoRef("o", "r")


def test_a_contradiction_is_found_once_each_value_is_good():
    assert faults_of([("repository", "o/r"), ("head_ref", "HEAD")]) == [("head_ref", "HEAD moves: name a branch")]


def test_at_a_terminal_inputs_are_named_as_flags():
    assert faults_of([("head-rev", "main")], flags=True) == snapshot(
        [
            ("--head-rev", "is not an input of this action; did you mean --head-ref?"),
            ("--repository", "is required: The repository."),
        ]
    )


@given(any_text.filter(str.strip), any_text.filter(str.strip))
def test_no_fault_ever_shows_a_secret(one, other):
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Secrets:
        token: SecretStr | None = secret("A token.")

    one, other = f"swordfish{one}", f"swordfish{other}!"
    for pairs in ([("token", one), ("TOKEN", other)], [("tokn", one)]):
        with pytest.raises(BadCall) as caught:
            parse(Secrets, pairs)
        assert "swordfish" not in repr(caught.value.faults) + str(caught.value)


def test_a_secret_that_cannot_be_read_is_not_quoted():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Odd:
        key: bool = field(default=False, metadata={"input": InputSpec(description="A key.", read=flag, secret=True)})

    with pytest.raises(BadCall) as caught:
        parse(Odd, [("key", "swordfish")])
    assert caught.value.faults == (Fault("key", "could not be read"),)


@given(
    st.dictionaries(st.sampled_from(["repository", "head_ref", "timeout", "dry_run", "token", "nonsense"]), any_text)
)
def test_any_call_is_read_or_refused_with_its_faults(given_texts):
    faults = []
    try:
        parse(Inputs, given_texts.items())
    except BadCall as refused:
        faults = refused.faults
    good = "/" in given_texts.get("repository", "") and "nonsense" not in given_texts
    assert faults or good


def test_an_actions_own_inputs_are_listed_before_those_it_shares():
    assert list(specs(Inputs)) == ["repository", "head_ref", "timeout", "dry_run", "token"]
    assert specs(Inputs)["token"].in_action == "${{ github.token }}"
    assert specs(Inputs)["repository"].required


def test_defaults_are_written_once_and_read_like_any_value():
    assert defaults_of(Inputs) == {"head_ref": None, "timeout": Duration(900), "dry_run": False, "token": None}
    with pytest.raises(ValueError, match="is no duration"):
        optional("How long.", read=Duration.parse, default="15:00")
