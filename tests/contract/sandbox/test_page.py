"""The sandbox's own page: its example is run, so that it can be copied."""

import re
from pathlib import Path

import crossproof_sandbox

PAGE = Path(crossproof_sandbox.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_example_on_the_page_works():
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own page
