"""The tokens of a quoted word, by character offsets, in all scripts of the sample dictionary."""

import functools
from typing import Any

import pytest
import tokenizers
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from bridgex.errors import ModelError
from bridgex.languages import PAPER_LANGUAGES, Language, find
from bridgex.lm.batches import quoted
from bridgex.lm.model import LanguageModel
from bridgex.texts import sample_lexicon
from tests.lm.tiny import transformers_model, wrap

ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def prompts(language: Language) -> tuple[list[str], list[tuple[int, int]]]:
    """Prompts that quote words of a language, and where the words are."""
    other = find("en" if language.code != "en" else "zh")
    words = list(sample_lexicon(language, other).entries)[:120]
    before = f'{language.endonym}:"'
    texts = [f'{before}{word}"→{other.endonym}:' for word in words]
    return texts, [(len(before), len(before) + len(word)) for word in words]


@functools.cache
def wrapped(kind: str) -> LanguageModel:
    makers = {"bytes": bytes_alone, "merged": bytes_merged, "fallback": characters}
    core = makers[kind]()
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", core.token_to_id("<s>"))]
    )
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>")
    model = wrap(transformers_model("llama"), fast)
    model.context = 4096
    return model


def bytes_alone() -> Any:
    core = tokenizers.Tokenizer(models.BPE({char: at for at, char in enumerate(ALPHABET)}, []))
    core.add_special_tokens(["<s>"])
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    return core


def bytes_merged() -> Any:
    """Byte-level merges learnt across quotes, so that tokens straddle the edges of words."""
    core = tokenizers.Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1200, initial_alphabet=ALPHABET, special_tokens=["<s>"], show_progress=False
    )
    every = [text for language in PAPER_LANGUAGES for text in prompts(language)[0]]
    core.train_from_iterator(every, trainer)
    return core


def characters() -> Any:
    """A few characters, and bytes for all others, as in SentencePiece."""
    known = '▁":→abcdefghijklmnopqrstuvwxyz一二三人大ابت'
    vocabulary = {"<unk>": 0, **{char: at for at, char in enumerate(known, 1)}}
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    core = tokenizers.Tokenizer(
        models.BPE(vocabulary, [], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    core.add_special_tokens(["<s>"])
    core.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(" ", "▁")])
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return core


@pytest.mark.parametrize("kind", ["bytes", "fallback"])
@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=lambda language: language.code)
def test_marked_tokens_spell_the_word(language: Language, kind: str) -> None:
    model = wrapped(kind)
    texts, spans = prompts(language)
    assert len(texts) > 50
    for text, (start, stop), each in zip(
        texts, spans, model.encode_quoted(texts, spans), strict=True
    ):
        assert each.word is not None
        marked = [token for token, of_word in zip(each.ids, each.word, strict=True) if of_word]
        assert model.tokenizer.decode(marked) == text[start:stop]
        assert each.straddling == 0
        assert not each.word[0]
        assert each.special[0]


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=lambda language: language.code)
def test_tokens_that_straddle_the_quotes_are_included_and_counted(language: Language) -> None:
    model = wrapped("merged")
    texts, spans = prompts(language)
    straddling = 0
    for text, (start, stop), each in zip(
        texts, spans, model.encode_quoted(texts, spans), strict=True
    ):
        word = text[start:stop].encode()
        spelt = [spelling(model, token) for token in each.ids]
        marked = [at for at, of_word in enumerate(each.word or ()) if of_word]
        assert marked == list(range(marked[0], marked[-1] + 1))
        together = b"".join(spelt[at] for at in marked)
        assert word in together
        assert word not in b"".join(spelt[at] for at in marked[1:])
        assert word not in b"".join(spelt[at] for at in marked[:-1])
        assert (each.straddling == 0) == (word == together)
        assert each.straddling <= min(2, len(marked))
        straddling += each.straddling
    assert straddling > 0


def spelling(model: LanguageModel, token: int) -> bytes:
    """The bytes a byte-level token stands for; none for the special one."""
    symbol = model.tokenizer.convert_ids_to_tokens(token)
    return b"" if symbol == "<s>" else bytes(BYTES[char] for char in symbol)


def _bytes_of_symbols() -> dict[str, int]:
    """GPT-2's alphabet: printable bytes stand for themselves, the others follow from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + at): byte for at, byte in enumerate(others)
    }


BYTES = _bytes_of_symbols()


def test_a_word_within_other_words_is_found_where_it_stands() -> None:
    model = wrapped("bytes")
    text = 'fire:"fire"→fire:'
    (each,) = model.encode_quoted([text], [(6, 10)])
    assert [at for at, of_word in enumerate(each.word or ()) if of_word] == [7, 8, 9, 10]


def test_a_token_that_covers_no_character_is_not_of_the_word() -> None:
    each = quoted([7, 8, 9, 6], [False] * 3 + [True], [(0, 2), (3, 3), (2, 5), (2, 4)], (2, 4))
    assert each.word == (False, False, True, False)
    assert each.straddling == 1


def test_prompts_without_special_tokens() -> None:
    model = wrapped("bytes")
    (each,) = model.encode_quoted(['a:"b"'], [(3, 4)], special=False)
    assert each.word == (False, False, False, True, False)
    assert not any(each.special)
    assert model.encode_quoted([], []) == []


def test_a_tokenizer_without_offsets_is_refused_with_the_remedy() -> None:
    model = wrap(transformers_model("llama"), transformers.ByT5Tokenizer())
    with pytest.raises(ModelError, match="use pooling 'last' or 'mean'"):
        model.encode_quoted(['a:"b"'], [(3, 4)])


def test_a_word_that_the_tokenizer_drops_is_named() -> None:
    core = bytes_alone()
    core.normalizer = normalizers.Strip(left=True, right=True)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>")
    model = wrap(transformers_model("llama"), fast)
    with pytest.raises(ModelError, match="leaves nothing of '  '"):
        model.encode_quoted(["a  "], [(1, 3)])


def test_a_quoted_prompt_longer_than_the_context_is_refused() -> None:
    model = wrap(transformers_model("llama"), wrapped("bytes").tokenizer)
    with pytest.raises(ModelError, match="longer than the context of 64"):
        model.encode_quoted(["x" * 64], [(0, 1)])
