"""A failure nobody expected ends in a report that can be pasted as it stands."""

import re
import sys

from inline_snapshot import snapshot

from crossproof import __version__
from crossproof.report.crash import as_markdown, report
from crossproof.units import Duration


def crash():
    try:
        Duration.parse(7)
    except AttributeError as error:
        return error
    raise AssertionError("it did not crash")


def same(text):
    """Take out what differs between machines."""
    text = text.replace(f"python      {sys.version.split()[0]}", "python      3.x").replace(__version__, "X.Y.Z")
    text = re.sub(r"  (PyGithub|boto3|botocore|urllib3) +\S+\n", "", text)
    return re.sub(r"units:\d+", "units:N", text)


def test_the_report_names_versions_inputs_and_the_place_and_keeps_the_traceback_for_those_who_debug():
    text = report(crash(), action="doctor", inputs={"token": "***", "repository": "o/r\nx"}, debug=False)
    assert same(text) == snapshot("""\
An unexpected error in crossproof
  action      doctor
  crossproof  X.Y.Z
  python      3.x
  error       AttributeError: 'int' object has no attribute 'strip'
  at          crossproof.units:N in parse
  inputs
    token: '***'
    repository: 'o/r\\nx'
  report it at https://github.com/crossproof/crossproof/issues/new
  Run the job again with debug logging (RUNNER_DEBUG=1) to see the traceback.\
""")


def test_debug_logging_adds_the_traceback():
    text = report(crash(), action="doctor", inputs={}, debug=True)
    assert "Traceback (most recent call last)" in text
    assert text.endswith("AttributeError: 'int' object has no attribute 'strip'")
    assert "inputs" not in text


def test_an_error_below_us_is_placed_where_we_called_and_where_it_ended():
    try:
        re.compile("(")
    except re.error as error:
        text = report(error, action="doctor", inputs={}, debug=False)
    assert re.search(r"at +re\.?_parser:\d+ in \w+\n", text) or re.search(r"at +sre_parse:\d+", text)
    assert "re.error" in text or "PatternError" in text


def test_an_error_that_was_never_raised_has_no_place():
    assert "at          unknown" in report(ValueError(), action="doctor", inputs={}, debug=False)
    assert "error       ValueError\n" in report(ValueError(), action="doctor", inputs={}, debug=False)


def test_the_page_shows_the_report_as_one_block_to_copy():
    assert as_markdown("a\n```\nb") == snapshot("""\
Please [open an issue](https://github.com/crossproof/crossproof/issues/new) with this report:

````
a
```
b
````
""")
