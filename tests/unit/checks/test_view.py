"""What counts as a workflow, and how siblings are spelled for each tool."""

from inline_snapshot import snapshot

from checks.view import as_local, as_remote, blocks
from crossproof import HOME

SPELLINGS = """\
- uses: ./actions/doctor
- uses: $/actions/doctor
- uses: HOME/actions/doctor@v1
- uses: "HOME/actions/doctor@0123"
- uses: HOME/.github/workflows/prove.yml@v1
- uses: actions/checkout@v5
- uses: other/crossproof/actions/doctor@v1
""".replace("HOME", HOME)


def test_github_s_parser_sees_every_sibling_by_its_address() -> None:
    assert as_remote(SPELLINGS).replace(HOME, "HOME") == snapshot("""\
- uses: HOME/actions/doctor@v1
- uses: HOME/actions/doctor@v1
- uses: HOME/actions/doctor@v1
- uses: "HOME/actions/doctor@v1"
- uses: ./.github/workflows/prove.yml
- uses: actions/checkout@v5
- uses: other/crossproof/actions/doctor@v1
""")


def test_actionlint_sees_every_sibling_as_a_folder() -> None:
    assert as_local(SPELLINGS) == snapshot("""\
- uses: ./actions/doctor
- uses: ./actions/doctor
- uses: ./actions/doctor
- uses: "./actions/doctor"
- uses: ./.github/workflows/prove.yml
- uses: actions/checkout@v5
- uses: other/crossproof/actions/doctor@v1
""")


PAGE = """\
# Page

```yaml
on: push
jobs: {}
```

Then in a job:

```yaml
- uses: a/b@v1
  with:
    x: y

- run: echo
```

<!-- begin examples -->
```yaml
jobs: {broken: generated, and checked where it comes from}
```
<!-- end examples -->

```yaml
targets: {not: a workflow}
```

```yaml
- a plain list
```

```yaml
permissions:
  contents: read
```
"""


def test_blocks_of_a_page_are_workflows_or_steps_and_keep_their_line_numbers() -> None:
    found = {block.name: block for block in blocks("docs/page.md", PAGE)}
    assert list(found) == snapshot(
        [
            ".github/workflows/docs-page.md-4.yml",
            ".github/workflows/docs-page.md-11.yml",
            ".github/workflows/docs-page.md-33.yml",
        ]
    )
    for block in found.values():
        lines = [line.strip() for line in block.text.splitlines()]
        written = [line.strip() for line in PAGE.splitlines()[block.line - 1 :]]
        written = written[: written.index("```")]
        assert lines[block.line - 1 :][: len(written)] == written


def test_a_part_of_a_workflow_is_made_whole_so_that_it_is_read_at_all() -> None:
    [part] = [block for block in blocks("docs/page.md", PAGE) if "contents: read" in block.text]
    assert part.text.lstrip() == snapshot("""\
permissions:
  contents: read
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: 'true'
""")
