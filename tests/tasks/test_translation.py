"""BLEU cuts a target into words, or into characters where its script has none to be seen."""

import sys

import pytest

from bridgex.errors import RequestError
from bridgex.languages import find
from bridgex.tasks import translation
from bridgex.tasks.outcomes import Measure, Outcome
from bridgex.tasks.translation import Translation


def bleu(target: str, answer: str, reference: str) -> Measure:
    task = Translation(source=find("en"), target=find(target), items=())
    outcome = Outcome("1", "", None, answer, None, answer, (reference,), 0.0, None)
    return next(each for each in task.measures([outcome]) if each.metric == "BLEU")


@pytest.mark.parametrize(
    ("target", "answer", "reference", "tokenizer", "value"),
    [
        (
            "th",
            "ฉันไปโรงเรียนทุกวันกับเพื่อนของฉัน",
            "ฉันไปโรงเรียนทุกวันกับพี่ชายของฉัน",
            "char",
            78.0,
        ),
        ("km", "ខ្ញុំទៅសាលារៀនរាល់ថ្ងៃ", "ខ្ញុំទៅសាលារៀនរាល់យប់", "char", 80.4),
        ("lo", "ຂ້ອຍໄປໂຮງຮຽນທຸກມື້", "ຂ້ອຍໄປໂຮງຮຽນທຸກຄືນ", "char", 83.1),
        ("bo", "ང་སློབ་གྲྭར་འགྲོ་གི་ཡོད།", "ང་སློབ་གྲྭར་འགྲོ་གི་རེད།", "char", 85.2),
        ("dz", "ང་སློབ་གྲྭ་ནང་འགྱོཝ་ཨིན།", "ང་སློབ་གྲྭ་ནང་འགྱོ་འོང་།", "char", 75.2),
        ("my", "ကျွန်တော် ကျောင်းသို့သွားသည်", "ကျွန်တော်ကျောင်းသို့ သွားသည်", "char", 100.0),
        ("yue", "我每日都同朋友一齊返學", "我每日都同阿哥一齊返學", "zh", 58.8),
        ("wuu", "我每日同朋友一道去学堂", "我每日同阿哥一道去学堂", "zh", 58.8),
        ("zh_Hant", "我每天和朋友一起去學校", "我每天和哥哥一起去學校", "zh", 58.8),
        ("ja", "私は毎日友達と学校へ行きます", "私は毎日兄と学校へ行きます", "ja-mecab", 59.7),
        (
            "ko",
            "나는 매일 친구와 함께 학교에 갑니다",
            "나는 매일 형과 함께 학교에 갑니다",
            "ko-mecab",
            43.2,
        ),
        ("jv", "aku lunga menyang pasar", "aku lunga menyang omah", "13a", 59.5),
    ],
)
def test_the_tokenizer_follows_the_script(
    target: str, answer: str, reference: str, tokenizer: str, value: float
) -> None:
    measured = bleu(target, answer, reference)
    assert f"tok:{tokenizer}" in measured.signature
    assert measured.value == pytest.approx(value, abs=0.05)


@pytest.mark.parametrize(
    ("target", "module", "command"),
    [
        ("ko", "mecab_ko", r"pip install 'sacrebleu\[ko\]'"),
        ("ja", "MeCab", r"pip install 'sacrebleu\[ja\]'"),
        ("de", "sacrebleu", r"pip install 'bridgex\[tasks\]'"),
    ],
)
def test_a_tokenizer_that_is_missing_is_named_before_any_model_is_asked(
    monkeypatch: pytest.MonkeyPatch, target: str, module: str, command: str
) -> None:
    for name in [
        each for each in sys.modules if each.startswith("sacrebleu.tokenizers.tokenizer_")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    translation._bleu.cache_clear()
    translation._chrf.cache_clear()
    with pytest.raises(RequestError, match=command):
        Translation(source=find("en"), target=find(target), items=())
