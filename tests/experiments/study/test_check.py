"""What a study would do: counted from its texts, timed on a few of them, nothing of it run."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgex.cli import app
from bridgex.cli.study import PARTIAL
from bridgex.experiments.study import speed
from bridgex.experiments.study.check import check_study
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from tests.experiments.study.test_study import write

RUNNER = CliRunner()


def test_prompts_and_memory_are_counted_from_texts_and_files(
    tmp_path: Path, tiny_folder: Path
) -> None:
    path = write(tmp_path, tiny_folder, 'strategies = ["replace:en", "vote:direct+es"]', '"de-id"')
    (model,) = check_study(path, tmp_path / "cases", store=Store(tmp_path / "store")).models
    items = 4 + 8
    # every word into en, es and it; answered directly, through each, and with replace:en
    assert model.prompts == items * (3 + 1 + 4)
    assert model.tokens == items * (3 + 1 + 4) * Bli.generation.max_tokens
    assert model.seconds is None
    assert model.memory is not None
    weights = sum(each.stat().st_size for each in tiny_folder.glob("*.safetensors"))
    assert weights * 0.8 < model.memory.weights <= weights
    assert not (tmp_path / "store" / "generate").exists()
    assert not (tmp_path / "cases").exists()


@pytest.mark.slow
def test_time_is_measured_once_and_nothing_of_the_study_is_kept(
    tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "MOST", 8)
    path = write(tmp_path, tiny_folder, pairs='"de-id"')
    text = path.read_text().replace('"random"', '"random", "internal"')
    path.write_text(f"{text}[texts]\nsentences = 10\n")
    store = Store(tmp_path / "store")
    first = check_study(path, tmp_path / "cases", timed=True, store=store).models[0].seconds
    assert first is not None
    assert first > 0
    assert [each.name for each in store.folder.iterdir()] == ["speed"]
    with monkeypatch.context() as patch:
        patch.setattr(speed, "open_session", None)
        again = check_study(path, tmp_path / "cases", store=store)
    assert again.models[0].seconds == first
    assert not (tmp_path / "cases").exists()


def test_choosers_say_what_they_lack_and_texts_how_they_are_fetched(
    tmp_path: Path, tiny_folder: Path
) -> None:
    more = '[[tasks]]\nname = "mrc"\n[[tasks]]\nname = "bli"\n'
    path = write(tmp_path, tiny_folder, more, '"en-fr"')
    checked = check_study(path, tmp_path / "cases", store=Store(tmp_path / "store"))
    assert "English" in checked.choosers["en-fr english"]
    assert list(checked.choosers) == ["en-fr english"]
    assert "bridgex data get belebele" in checked.gaps["en-fr mrc"]
    assert checked.licences
    shown = RUNNER.invoke(app, ["study", "check", str(path)])
    assert shown.exit_code == PARTIAL
    assert "Chooser left out: en-fr english: " in shown.output
    assert "--time measures it" in shown.output
