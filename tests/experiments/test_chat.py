"""An evaluation in chat on a tiny model: equal to the template rendered and answered by hand."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from bridgex import Evaluation, Session, Store, TaskSettings
from bridgex.errors import ModelError
from bridgex.generation import GenerationSpec
from bridgex.inputs import Texts
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.parsing import TURN
from bridgex.tasks.stated import stated_text
from tests.experiments.made import undeveloped, write_belebele

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<{{ message.role }}>{{ message.content | trim }}\n"
    "{% endfor %}{% if add_generation_prompt %}<assistant>\n{% endif %}"
)

LETTER_ONLY = "Answer with the letter of the right answer only."
TRANSLATE = "Translate the text. Answer with the translation only."


@pytest.fixture(scope="module")
def chatting(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a chat template."""
    folder = shutil.copytree(tiny_folder, tmp_path_factory.mktemp("chat") / "chatting")
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = undeveloped(f"Die Katze Nummer {at} schläft." for at in range(40))
    return write_belebele(tmp_path_factory.mktemp("belebele"), passages[:3])


class ByHand:
    """The template rendered by hand, one text at a time."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        self.model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32
        ).eval()

    def ids(self, text: str) -> torch.Tensor:
        encoded = self.tokenizer(text, add_special_tokens=False, return_tensors="pt")
        return torch.as_tensor(encoded["input_ids"])

    def header(self, prompt: str) -> str:
        """A prompt as an evaluation shows it: what the system says first, if it does."""
        told, blank, asked = prompt.rpartition("\n\n")
        system = f"<system>{told}\n" if blank else ""
        return f"<s>{system}<user>{asked.strip()}\n<assistant>\n"

    def generated(self, prompt: str, tokens: int) -> str:
        ids = self.ids(self.header(prompt))
        out = self.model.generate(ids, max_new_tokens=tokens, do_sample=False, pad_token_id=0)
        return str(self.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))

    def nats(self, prompt: str, option: str) -> float:
        before, whole = self.ids(self.header(prompt)), self.ids(self.header(prompt) + option)
        labels = whole.clone()
        labels[:, : before.shape[1]] = -100
        with torch.inference_mode():
            loss = self.model(input_ids=whole, labels=labels).loss
        return -float(loss) * int(whole.shape[1] - before.shape[1])


def evaluated(folder: Path, data: Path, store: Path, answer: str) -> Evaluation:
    session = Session(str(folder), device="cpu", dtype="float32", store=Store(store))
    how = TaskSettings.model_validate({"chat": True, "answer": answer})
    texts = Texts(data=data)
    strategies = ["direct", "bridge:fr"]
    return session.evaluate("de", "en", task="mrc", strategies=strategies, texts=texts, asking=how)


def by_name(found: Evaluation) -> dict[str, tuple[Outcome, ...]]:
    return {result.name: result.outcomes for result in found.results}


def test_options_are_as_likely_as_behind_the_assistants_header(
    chatting: Path, data: Path, tmp_path: Path
) -> None:
    found, slow = evaluated(chatting, data, tmp_path, "likelihood"), ByHand(chatting)
    letters, options = ["A", "B", "C", "D"], [f"answer {at}" for at in range(1, 5)]
    for outcome in by_name(found)["direct"]:
        expected = [slow.nats(outcome.prompt, each) for each in letters]
        assert outcome.scored is not None
        assert outcome.scored.nats == pytest.approx(expected, abs=1e-3)
        assert outcome.answer == options[expected.index(max(expected))]
    assert "· chat ·" in found.signature
    assert found.provenance["chat"] is True


def test_answers_are_generated_behind_the_assistants_header(
    chatting: Path, data: Path, tmp_path: Path
) -> None:
    found, slow = evaluated(chatting, data, tmp_path, "generate"), ByHand(chatting)
    for outcome in by_name(found)["direct"]:
        assert outcome.written is not None
        assert outcome.prompt.startswith(f"{LETTER_ONLY}\n\nPassage: ")
        assert slow.generated(outcome.prompt, 128).startswith(outcome.written)
        assert outcome.written
    bridged = [each for each in by_name(found)["bridge:fr"] if each.pivot]
    assert bridged
    for outcome in bridged:
        passage = outcome.prompt.split("\n")[2].partition(": ")[2]
        pivot = slow.generated(f"{TRANSLATE}\n\nDeutsch: {passage}\nFrançais:", 512)
        assert outcome.pivot == stated_text(GenerationSpec(512, TURN).cut(pivot))
        assert slow.generated(outcome.prompt, 128).startswith(outcome.written or "?")


def test_a_chat_is_not_answered_from_what_was_asked_without(
    chatting: Path, data: Path, tmp_path: Path
) -> None:
    session = Session(str(chatting), device="cpu", dtype="float32", store=Store(tmp_path))
    texts, request = Texts(data=data), {"task": "mrc", "strategies": ["direct"]}
    plain = session.evaluate("de", "en", texts=texts, **request)  # type: ignore[arg-type]
    chat = evaluated(chatting, data, tmp_path, "likelihood")
    assert by_name(plain)["direct"][0].prompt == by_name(chat)["direct"][0].prompt
    assert by_name(plain)["direct"][0].scored != by_name(chat)["direct"][0].scored


def test_a_model_without_a_template_is_refused(
    tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="chat template"):
        evaluated(tiny_folder, data, tmp_path, "generate")
