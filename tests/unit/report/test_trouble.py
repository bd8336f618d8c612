"""An expected failure reads the same wherever it is read: what, why, what was seen, how to fix it."""

import pytest
from inline_snapshot import snapshot

from crossproof.errors import BadCall, CrossproofError, Fault, NoAccess
from crossproof.report.trouble import PAGE, as_annotations, as_details, as_markdown, as_text

NOT_FOUND = CrossproofError(
    "Cannot dispatch child-tests.yml in octo-org/child: GitHub answered 404.",
    why="GitHub answers 404 both when the workflow is not there and when the token may not see it.",
    seen="the token can read the repository, so the workflow's name or ref is the likelier cause.",
    fix="the default branch has e2e.yml, child.yml; did you mean child.yml?",
    anchor="dispatch-and-wait-404",
)
NO_ID_TOKEN = NoAccess(
    "This job has no OIDC token.",
    why="GitHub gives one only to jobs that ask for it.",
    fix="Add to the job:\npermissions:\n  id-token: write\n  contents: read",
)
TWO_FAULTS = BadCall(
    [Fault("timeout", "'15:00' is no duration;\nwrite 15m"), Fault("--token", "is required: a <token>")]
)


def test_the_log_says_what_why_seen_and_fix_under_each_other():
    assert as_text(NOT_FOUND).replace(PAGE, "PAGE") == snapshot("""\
Error: Cannot dispatch child-tests.yml in octo-org/child: GitHub answered 404.
  Why:  GitHub answers 404 both when the workflow is not there and when the token may not see it.
  Seen: the token can read the repository, so the workflow's name or ref is the likelier cause.
  Fix:  the default branch has e2e.yml, child.yml; did you mean child.yml?
  Help: PAGE#dispatch-and-wait-404\
""")


def test_yaml_to_paste_keeps_its_shape_in_the_log():
    assert as_text(NO_ID_TOKEN) == snapshot("""\
Error: This job has no OIDC token.
  Why:  GitHub gives one only to jobs that ask for it.
  Fix:  Add to the job:
        permissions:
          id-token: write
          contents: read\
""")


def test_the_log_lists_every_fault_of_a_call():
    assert as_text(TWO_FAULTS).replace(PAGE, "PAGE") == snapshot("""\
Error: The call cannot be carried out: 2 things must change.
  timeout: '15:00' is no duration;
           write 15m
  --token: is required: a <token>
  Help: PAGE#inputs\
""")


def test_a_failure_without_a_fix_of_its_own_has_that_of_its_reason():
    assert "Fix:  Run again" in as_text(CrossproofError("It did not answer."))


def test_each_fault_of_a_call_is_a_remark_of_its_own():
    assert as_annotations(TWO_FAULTS) == snapshot(
        (("Input timeout", "'15:00' is no duration;\nwrite 15m"), ("Input --token", "is required: a <token>"))
    )


@pytest.mark.parametrize("error", [NOT_FOUND, NO_ID_TOKEN, CrossproofError("It did not answer.")])
def test_any_other_failure_is_one_remark_with_its_remedy(error):
    [(title, message)] = as_annotations(error)
    assert title == error.what
    assert f"Fix: {error.fix or error.reason.fix}" in message


def test_the_page_has_a_table_of_faults_with_foreign_text_harmless():
    assert as_markdown(TWO_FAULTS).replace(PAGE, "PAGE") == snapshot("""\
| input | what must change |
| --- | --- |
| `timeout` | '15:00' is no duration;<br>write 15m |
| `--token` | is required: a &lt;token&gt; |

**Help:** [inputs](PAGE#inputs)
""")


def test_the_page_has_yaml_to_paste_as_a_block():
    assert as_markdown(NO_ID_TOKEN) == snapshot("""\
**Why:** GitHub gives one only to jobs that ask for it.

**Fix:**

```
Add to the job:
permissions:
  id-token: write
  contents: read
```
""")


def test_the_report_has_every_part():
    details = as_details(TWO_FAULTS)
    assert set(details) == {"what", "why", "seen", "fix", "anchor", "faults"}
    assert details["faults"] == [{"where": f.where, "what": f.what} for f in TWO_FAULTS.faults]
    assert as_details(NOT_FOUND)["faults"] == []
    assert as_details(NOT_FOUND)["seen"] == NOT_FOUND.seen
