"""Tasks under strategies on a tiny model: equal to a slow loop, one prompt at a time."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from bridgex.errors import RequestError
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import Language, find
from bridgex.lm import generate as generation
from bridgex.lm import likelihood as scoring
from bridgex.lm.backend import Generated
from bridgex.lm.decoding import Decoding
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.nli import Nli
from bridgex.tasks.split import split_words
from bridgex.texts import sample_lexicon

INDONESIAN, HEBREW, ENGLISH = find("id"), find("he"), find("en")
BRIDGE = Strategy(ENGLISH)


def session_of(tiny: Path, folder: Path) -> ModelSession:
    return ModelSession(str(tiny), device="cpu", dtype="float32", store=Store(folder))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelSession:
    return session_of(tiny_folder, tmp_path_factory.mktemp("store"))


class Slow:
    """One prompt at a time, the whole continuation, then what a person would read off it."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        self.model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32
        ).eval()

    def word(self, prompt: str) -> str:
        inputs = self.tokenizer(prompt, return_tensors="pt")
        out = self.model.generate(**inputs, max_new_tokens=30, do_sample=False, pad_token_id=0)
        written = self.tokenizer.decode(
            out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        line = (written.strip().splitlines() or [""])[0]
        return str(line.split('"')[1] if line.count('"') > 1 else line.split('"')[0])

    def logprob(self, prompt: str, option: str) -> float:
        start = len(self.tokenizer(prompt)["input_ids"])
        ids = self.tokenizer(prompt + option, return_tensors="pt")["input_ids"]
        labels = ids.clone()
        labels[:, :start] = -100
        with torch.inference_mode():
            loss = self.model(input_ids=ids, labels=labels).loss
        return -float(loss) * int(ids.shape[1] - start)


def by_hand(slow: Slow, source: Language, target: Language, words: list[str]) -> list[str]:
    return [slow.word(f'{source.endonym}:"{word}"→{target.endonym}:') for word in words]


def same(one: str, other: str) -> bool:
    bare = (
        "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())
        for text in (one, other)
    )
    first, second = bare
    return first == second


def learned(tiny: Path, words: int) -> Bli:
    """A task whose dictionary accepts what the model writes for every other word."""
    slow, task = (
        Slow(tiny),
        Bli.of_words(split_words(sample_lexicon(INDONESIAN, HEBREW)), items=words),
    )
    said = by_hand(slow, INDONESIAN, HEBREW, [each.context for each in task.items])
    items = tuple(
        replace(each, accepted=(answer,)) if at % 2 and same(answer, answer) and answer else each
        for at, (each, answer) in enumerate(zip(task.items, said, strict=True))
    )
    return replace(task, items=items)


def test_accuracy_is_that_of_a_slow_loop(tiny_folder: Path, session: ModelSession) -> None:
    task, slow = learned(tiny_folder, 16), Slow(tiny_folder)
    words = [each.context for each in task.items]
    expected = [
        any(same(answer, each) for each in item.accepted) and any(map(str.isalnum, answer))
        for item, answer in zip(task.items, by_hand(slow, INDONESIAN, HEBREW, words), strict=True)
    ]
    found = run(session, task, DIRECT)
    assert sum(expected) > 2
    assert found.scores == [float(each) for each in expected]


def test_the_chain_goes_through_the_models_own_word(
    tiny_folder: Path, session: ModelSession
) -> None:
    task = Bli.of_words(split_words(sample_lexicon(INDONESIAN, HEBREW)), items=6)
    slow = Slow(tiny_folder)
    through = by_hand(slow, INDONESIAN, ENGLISH, [each.context for each in task.items])
    found = run(session, task, BRIDGE)
    for item, word, outcome in zip(task.items, through, found.outcomes, strict=True):
        if outcome.pivot is None:
            assert outcome.problem == "no_pivot"
            assert (outcome.prompt, outcome.answer, outcome.score) == ("", None, 0)
        else:
            assert same(outcome.pivot, word)
            chain = f'Indonesia:"{item.context}"→English:"{outcome.pivot}"→עִברִית:'
            assert outcome.prompt == chain


def inference() -> Nli:
    options = ("נכון", "לא ודאי", "שגוי")
    items = tuple(
        Item(f"{at}", "Dia pergi. " * at, (options[at % 3],), "היא הלכה" * (4 - at), options)
        for at in range(1, 4)
    )
    return Nli(source=INDONESIAN, target=HEBREW, items=items, scoring="per_byte")


def test_the_likeliest_option_per_byte_is_the_answer(
    tiny_folder: Path, session: ModelSession
) -> None:
    task, slow = inference(), Slow(tiny_folder)
    for item, outcome in zip(task.items, run(session, task, DIRECT).outcomes, strict=True):
        prompt = task.prompt(item)
        expected = [slow.logprob(prompt, f" {each}") / len(each.encode()) for each in item.options]
        assert outcome.scored is not None
        assert outcome.scored.under("per_byte") == pytest.approx(expected, abs=1e-4)
        assert outcome.answer == item.options[expected.index(max(expected))]
        assert outcome.score == (outcome.answer in item.accepted)


@pytest.mark.slow
def test_the_embedded_model_is_as_right_as_in_a_slow_loop(
    embedded_folder: Path, tmp_path: Path
) -> None:
    french, session = find("fr"), session_of(embedded_folder, tmp_path)
    english = sample_lexicon(ENGLISH, find("es"))
    task = Bli.of_words(
        split_words(sample_lexicon(ENGLISH, french)), dictionaries={"es": english}, items=12
    )
    slow = Slow(embedded_folder)
    solved = [(each.context, each.accepted[0]) for each in task.examples[:4]]
    shown = "".join(f'English:"{word}"→Français:"{goal}"\n' for word, goal in solved)
    said = [slow.word(f'{shown}English:"{each.context}"→Français:') for each in task.items]
    right = [
        float(any(same(word, goal) for goal in item.accepted))
        for item, word in zip(task.items, said, strict=True)
    ]
    assert 0 < sum(right) < 12
    assert run(session, task, DIRECT, shots=4).scores == right

    bridged, into = "", ""
    for word, goal in solved:
        known = english.entries[word][0]
        into += f'English:"{word}"→Español:"{known}"\n'
        bridged += f'English:"{word}"→Español:"{known}"→Français:"{goal}"\n'
    few = replace(task, items=task.items[:5])
    found = run(session, few, Strategy(find("es")), shots=4)
    for item, outcome in zip(few.items, found.outcomes, strict=True):
        pivot = slow.word(f'{into}English:"{item.context}"→Español:')
        chain = f'{bridged}English:"{item.context}"→Español:"{pivot}"→Français:'
        assert (outcome.pivot, outcome.prompt) == (pivot, chain)
        assert outcome.score == any(same(slow.word(chain), goal) for goal in item.accepted)


@pytest.mark.slow
def test_the_embedded_model_finds_options_as_likely_as_its_loss(
    embedded_folder: Path, tmp_path: Path
) -> None:
    task, slow = inference(), Slow(embedded_folder)
    found = run(session_of(embedded_folder, tmp_path), task, DIRECT)
    for item, outcome in zip(task.items, found.outcomes, strict=True):
        prompt = task.prompt(item)
        expected = [slow.logprob(prompt, f" {each}") / len(each.encode()) for each in item.options]
        assert outcome.scored is not None
        assert outcome.scored.under("per_byte") == pytest.approx(expected, abs=1e-4)


def essentials(found: Run) -> list[tuple[Any, ...]]:
    return [
        (each.item, each.prompt, each.pivot, each.answer, each.score) for each in found.outcomes
    ]


def test_batching_changes_no_outcome(
    tiny_folder: Path, session: ModelSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Bli.of_words(split_words(sample_lexicon(INDONESIAN, HEBREW)), items=8)
    tasks = [(words, BRIDGE), (words, DIRECT), (inference(), DIRECT)]
    together = [essentials(run(session, *each)) for each in tasks]
    monkeypatch.setattr(generation, "PROMPT_TOKENS", 1)
    monkeypatch.setattr(scoring, "PADDED_TOKENS", 1)
    apart = session_of(tiny_folder, tmp_path)
    assert together == [essentials(run(apart, *each)) for each in tasks]


def test_a_second_run_does_no_work_and_strategies_share_translations(
    tiny_folder: Path, tmp_path: Path
) -> None:
    task, first = (
        Bli.of_words(split_words(sample_lexicon(INDONESIAN, HEBREW)), items=3),
        session_of(tiny_folder, tmp_path),
    )
    found = run(first, task, BRIDGE)
    prompted = sum(bool(outcome.prompt) for outcome in found.outcomes)
    assert prompted
    assert len(first.store.computed) == 3 + prompted
    run(first, task, Strategy(ENGLISH, keep_source=False))
    assert len(first.store.computed) == 3 + 2 * prompted  # the same translations, other prompts
    again = session_of(tiny_folder, tmp_path)
    assert run(again, task, BRIDGE) == found
    assert not again.store.computed
    assert not again.model.is_loaded


def test_solved_examples_stand_before_the_prompt(session: ModelSession) -> None:
    lexicon, english = (sample_lexicon(INDONESIAN, each) for each in (HEBREW, ENGLISH))
    task = Bli.of_words(split_words(lexicon), dictionaries={"en": english}, items=3)
    found = run(session, task, BRIDGE, shots=2)
    assert (found.shots, found.pivot_shots) == (2, 2)
    asked = {each.context for each in task.items}
    for outcome in found.outcomes:
        *shown, last = outcome.prompt.split("\n")
        if not outcome.prompt:
            continue
        assert last.endswith("→עִברִית:")
        for line, example in zip(shown, task.examples, strict=False):
            known = english.entries[example.context][0]
            chain = f'Indonesia:"{example.context}"→English:"{known}"→עִברִית:'
            assert line == f'{chain}"{example.accepted[0]}"'
            assert example.context not in asked
    with pytest.raises(RequestError, match="8 solved examples"):
        run(session, task, DIRECT, shots=9)


def saying(texts: Sequence[str]) -> Callable[..., None]:
    """A way to generate that answers with these texts, prompt by prompt."""

    def generate(_model: Any, prompts: Any, *, on_result: Any, **_more: Any) -> None:
        for at, text in enumerate(texts[: len(prompts)]):
            on_result(at, Generated(text))

    return generate


def test_what_cannot_be_answered_is_counted(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = tuple(Item(str(at), text, ("1",)) for at, text in enumerate(["a", "b", "c", "x" * 999]))
    task = Mathematics(source=INDONESIAN, target=HEBREW, items=items)
    said = ["  ", "7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7", "no idea"]
    monkeypatch.setattr(generation, "generate", saying(said))
    own = session_of(tiny_folder, tmp_path)
    found = run(own, task, DIRECT)
    problems = [each.problem for each in found.outcomes]
    assert problems == ["empty", "repeats", "unreadable", "too_long"]
    assert found.problems == dict.fromkeys(problems, 1)
    assert [each.answer for each in found.outcomes] == [None, "7", None, None]
    assert found.scores == [0, 0, 0, 0]
    through = run(own, replace(task, items=items[:3]), BRIDGE)
    problems = [each.problem for each in through.outcomes]
    assert problems[0] == "no_pivot"


def test_thinking_that_does_not_end_is_counted(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = tuple(Item(str(at), str(at), ("18",)) for at in range(3))
    task = Mathematics(source=INDONESIAN, target=HEBREW, items=items)
    said = ["<think>9 + 9\n\n= 17?", "<think>17?</think>\n\n9 + 9 = 18", "<think>18</think>\n "]
    monkeypatch.setattr(generation, "generate", saying(said))
    own = session_of(tiny_folder, tmp_path)
    found = run(own, task, DIRECT)
    assert [each.problem for each in found.outcomes] == ["unfinished_thinking", None, "empty"]
    assert [each.answer for each in found.outcomes] == [None, "18", None]
    assert [each.written for each in found.outcomes] == said
    through = run(own, task, BRIDGE)
    assert through.outcomes[0].problem == "unfinished_thinking"
    assert through.outcomes[0].pivot is None


def test_options_longer_than_the_context_are_counted(session: ModelSession) -> None:
    item = replace(inference().items[0], context="x" * 1100)
    (outcome,) = run(session, replace(inference(), items=(item,)), DIRECT).outcomes
    assert (outcome.problem, outcome.answer, outcome.score) == ("too_long", None, 0)


def test_running_out_of_memory_is_said(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Decoding.admit

    def small(decoding: Decoding, prompts: Any) -> dict[int, int]:
        if len(prompts) > 2:
            raise torch.OutOfMemoryError
        return real(decoding, prompts)

    task = Bli.of_words(split_words(sample_lexicon(INDONESIAN, HEBREW)), items=4)
    expected = essentials(run(session_of(tiny_folder, tmp_path / "one"), task, DIRECT))
    monkeypatch.setattr(Decoding, "admit", small)
    found = run(session_of(tiny_folder, tmp_path / "two"), task, DIRECT)
    assert found.oom_splits == 4
    assert essentials(found) == expected
