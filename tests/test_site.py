"""What the site takes from the program is whole, and which blocks of its pages are run."""

from pathlib import Path

import pytest
from docs import blocks, generated

from bridgex.analysis.settings import settings_fields
from bridgex.cli.app import COMMANDS
from bridgex.environment import VARIABLES

PAGE = """# A page

<!-- not run: needs a server -->
```
bridgex serve-check http://localhost:8000/v1
```

<!-- given: my-model, a folder with a model -->
```
bridgex rank id he \\
  --model my-model  # ours
```

```text
bridgex is shown here, and not run
```

```python
value = 1
```
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_a_block_is_run_unless_the_line_above_says_why_not(page: Path) -> None:
    server, rank, python = blocks.blocks(page)
    assert (server.unrun, rank.unrun, python.unrun) == ("needs a server", "", "")
    assert (rank.kind, python.kind) == ("commands", "python")
    assert rank.given == ("my-model",)
    assert rank.commands == [["bridgex", "rank", "id", "he", "--model", "my-model"]]
    assert python.place == "page.md:19"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("```\nbridgex list nothing\n```\n", "list nothing ended with 2"),
        ("```\nbridgex cache --help\nmake\n```\n", "'make' is not run here"),
        ("```python\na = 1\n```\n\n```python\nassert a == 2\n```\n", "AssertionError"),
    ],
)
def test_what_fails_is_named(text: str, said: str, page: Path) -> None:
    page.write_text(text, encoding="utf-8")
    (problem,) = blocks.run(page)
    assert problem.startswith("page.md:")
    assert said in problem


def test_blocks_share_names_and_a_folder(page: Path) -> None:
    first = "```python\nfrom pathlib import Path\nPath('a').touch()\n```\n"
    page.write_text(f"{first}\n```python\nassert Path('a').exists()\n```\n", encoding="utf-8")
    assert list(blocks.run(page)) == []


def test_every_command_setting_and_variable_is_on_the_site() -> None:
    commands = generated.commands()
    assert all(f"## bridgex {name}\n" in commands for name in COMMANDS)
    assert "| `--candidates` | " in commands
    assert "| `source` | " in commands
    settings = generated.settings()
    assert all(f"| `{name}` | " in settings for name in settings_fields())
    assert all(f"| `{name}` | " in generated.environment() for name in VARIABLES)
    assert "| `schema` | `" in generated.schemas()
