"""Learned metrics: what they are given, what becomes of their scores, and what they lack."""

import json
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridgex.errors import BridgexError, ModelError, RequestError
from bridgex.languages import find
from bridgex.tasks.comet import MODEL, Comet
from bridgex.tasks.items import Item
from bridgex.tasks.learned import METRICS, metric_named
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation

ITEMS = (Item("1", "Satu dua.", ("One two.",)), Item("2", "Tiga.", ("Three.",)))
ASKED: list[tuple[tuple[str, ...], ...]] = []


@dataclass(frozen=True)
class Length:
    """Length of the hypothesis in that of the reference; its text: how many scores to leave out."""

    left_out: str
    name: str = "length"
    signature: str = field(default="length 1.0")

    def score(
        self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[float]:
        ASKED.append((tuple(sources), tuple(hypotheses), tuple(references)))
        found = [len(one) / len(other) for one, other in zip(hypotheses, references, strict=True)]
        return found[int(self.left_out or 0) :]


@pytest.fixture(autouse=True)
def length() -> Iterator[None]:
    ASKED.clear()
    METRICS.register("length", Length)
    yield
    METRICS.unregister("length")


def task(*metrics: str) -> Translation:
    made = Translation(source=find("id"), target=find("en"), items=ITEMS)
    return made.measured_by(metrics)


def outcomes(*answers: str | None) -> list[Outcome]:
    return [
        Outcome(item.id, "", None, answer, None, answer, item.accepted, 0.0, None)
        for item, answer in zip(ITEMS, answers, strict=True)
    ]


def test_a_metric_stands_beside_the_others_and_is_asked_once() -> None:
    asked, answered = task("length"), outcomes("One", None)
    measures = asked.measures(answered)
    assert [measure.metric for measure in measures] == ["chrF++", "BLEU", "length"]
    assert measures[:2] == task().measures(answered)
    assert measures[2].value == pytest.approx((3 / 8 + 0) / 2)
    assert measures[2].signature == "length 1.0"
    stats = asked.corpus_stats(answered)["length"]
    assert list(stats.counts) == [(3 / 8, 1.0), (0.0, 1.0)]
    assert stats.value([3 / 8 * 2, 2.0]) == 3 / 8  # the first item drawn twice
    assert ASKED == [(("Satu dua.", "Tiga."), ("One", ""), ("One two.", "Three."))]


def test_metrics_of_items_of_ones_own_stay() -> None:
    assert [each.name for each in task("length").measured_by(()).metrics] == ["length"]


def test_what_is_no_metric_is_refused() -> None:
    with pytest.raises(RequestError, match=r"no metric 'lenght'. Did you mean 'length'\?"):
        task("lenght")
    with pytest.raises(RequestError, match="Two metrics are called length"):
        task("length", "length=")
    with pytest.raises(RequestError, match="length gave 1 scores for 2 sentences"):
        task("length=1").measures(outcomes("a", "b"))
    topic = Topic(source=find("id"), target=find("en"), items=())
    with pytest.raises(RequestError, match="measured by accuracy alone; leave out --metric length"):
        topic.measured_by(("length",))


PROGRAM = r"""#!{python}
import json, sys
words = dict(zip(sys.argv[1::2], sys.argv[2::2]))  # up to the switches
if "broken" in sys.argv[sys.argv.index("--model") + 1]:
    sys.exit("Traceback\nHF: no such model")
texts = [open(words[each], encoding="utf-8").read().splitlines() for each in ("-s", "-t", "-r")]
rows = [dict(src=s, mt=t, ref=r, COMET=len(t) / 10) for s, t, r in zip(*texts)]
content = "[" if "garbled" in words["--model"] else json.dumps({{words["-t"]: rows}})
open(words["--to_json"], "w", encoding="utf-8").write(content)
json.dump(sys.argv[1:], open({log!r}, "w"))
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with the interface of unbabel-comet 2.2.7, which is not installed here."""
    path, log = tmp_path / "comet-score", tmp_path / "words.json"
    path.write_text(PROGRAM.format(python=sys.executable, log=str(log)), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    return log


def test_comet_is_given_a_segment_a_line(program: Path) -> None:
    metric = metric_named("comet")
    assert (metric.name, metric.signature) == ("COMET", f"comet-score {MODEL}")
    assert metric.score(["a\nb", "c"], ["", "Öl\r\nist da"], ["d", "e"]) == [0.0, 0.9]
    words = json.loads(program.read_text(encoding="utf-8"))
    assert words[words.index("--model") + 1] == MODEL
    assert words[-4:] == ["--quiet", "--only_system", "--gpus", "0"]
    assert not Path(words[1]).exists()


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (
            "broken",
            ModelError,
            r"failed with broken \(HF: no such model\); see whether",
        ),
        ("garbled", ModelError, "wrote no scores that can be read"),
        ("nowhere/model.ckpt", RequestError, "no checkpoint of COMET at nowhere/model.ckpt"),
    ],
)
def test_comet_that_fails_says_so_in_a_sentence(
    program: Path, model: str, error: type[BridgexError], message: str
) -> None:
    del program
    with pytest.raises(error, match=message):
        Comet(model).score(["a"], ["b"], ["c"])


def test_comet_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestError, match=r"of its own: pipx install unbabel-comet\."):
        task("comet")
