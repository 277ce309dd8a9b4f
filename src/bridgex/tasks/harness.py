"""The words that lm-evaluation-harness's templates have in each language (lm_eval 0.4.13).

They are facts about its task files and stand here as they do there, slips included (the Arabic
"no" of XNLI is the abbreviation of "number"; the Russian "step by step" lacks its space). Where a
language has none there, words of our own stand in the same template, and an evaluation says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridgex.languages import Language
from bridgex.tasks.labels import INFERENCE, RELATION, TOPICS, Labels, labels

_XNLI = {
    "ar": "صحيح | نعم | لذا | رقم",
    "bg": "правилно | да | така | не",
    "de": "richtig | Ja | Auch | Nein",
    "el": "σωστός | Ναί | Έτσι | όχι",
    "en": "right | Yes | Also | No",
    "es": "correcto | Sí | Asi que | No",
    "fr": "correct | Oui | Aussi | Non",
    "hi": "सही | हाँ | इसलिए | नहीं",
    "ru": "правильно | Да | Так | Нет",
    "sw": "sahihi | Ndiyo | Hivyo | Hapana",
    "th": "ถูกต้อง | ใช่ | ดังนั้น | ไม่",
    "tr": "doğru | Evet | Böylece | Hayır",
    "ur": "صحیح | جی ہاں | اس لئے | نہیں",
    "vi": "đúng | Vâng | Vì vậy | Không",
    "zh": "正确 | 是的 | 所以 | 不是的",
}
_XNLI_OURS = {
    "bn": "ঠিক | হ্যাঁ | এছাড়াও | না",
    "et": "eks ole | Jah | Samuti | Ei",
    "fi": "eikö niin | Kyllä | Lisäksi | Ei",
    "he": "נכון | כן | כמו כן | לא",
    "ht": "pa vre | Wi | Epitou | Non",
    "hu": "igaz | Igen | Továbbá | Nem",
    "id": "benar | Ya | Juga | Tidak",
    "it": "giusto | Sì | Inoltre | No",
    "ja": "正しい | はい | また | いいえ",
    "ko": "그렇죠 | 네 | 또한 | 아니요",
    "nl": "toch | Ja | Ook | Nee",
    "pl": "prawda | Tak | Ponadto | Nie",
    "pt": "certo | Sim | Além disso | Não",
    "ta": "சரிதானே | ஆம் | மேலும் | இல்லை",
    "te": "అవునా | అవును | అలాగే | కాదు",
    "tl": "tama | Oo | Gayundin | Hindi",
}
_XCOPA = {
    "et": "sest | seetõttu",
    "ht": "poukisa | donk sa",
    "id": "karena | maka",
    "it": "perché | quindi",
    "qu": "imataq | chaymi",
    "sw": "kwa sababu | kwa hiyo",
    "ta": "காரணமாக | எனவே",
    "th": "เพราะ | ดังนั้น",
    "tr": "çünkü | bu yüzden",
    "vi": "bởi vì | vì vậy",
    "zh": "因为 | 所以",
}
_MGSM = {
    "bn": "প্রশ্ন: | ধাপে ধাপে উত্তর:",
    "de": "Frage: | Schritt-für-Schritt-Antwort:",
    "en": "Question: | Step-by-Step Answer:",
    "es": "Pregunta: | Respuesta paso a paso:",
    "fr": "Question : | Réponse étape par étape :",
    "ja": "問題： | ステップごとの答え:",
    "ru": "Задача: | Пошаговоерешение:",
    "sw": "Swali: | Jibu la Hatua kwa Hatua:",
    "te": "ప్రశ్న: | దశలవారీగా సమాధానం:",
    "th": "โจทย์: | คำตอบทีละขั้นตอน:",
    "zh": "问题： | 逐步解答:",
}
LANGUAGES: Mapping[str, frozenset[str]] = {
    "xnli": frozenset(_XNLI),
    "xcopa": frozenset(_XCOPA),
    "mgsm": frozenset(_MGSM),
}
"""Benchmark → codes of the languages for which the harness has words of its own."""


@dataclass(frozen=True)
class HarnessWords(Labels):
    """The words of one language in the harness's templates: of them ours where it has none.

    `inference` are the answers to `right`: yes, also and no. `question` and `steps` of MGSM have
    their colons, and `topics` are those of SIB-200 under its own names.

    Attributes:
        right: what XNLI asks after the premise, without its question mark.
    """

    right: str


def harness_words(language: Language) -> HarnessWords:
    """Return the harness's words of a language, ours where it has none, else the English ones."""
    ours = labels(language)
    right, *inference = _words(_XNLI | _XNLI_OURS, language, _XNLI["en"])
    connective = _words(_XCOPA, language, " | ".join(ours.connective.values()))
    question, steps = _words(_MGSM, language, f"{ours.question}: | {ours.steps}:")
    theirs = {
        "inference": dict(zip(INFERENCE, inference, strict=True)),
        "connective": dict(zip(RELATION, connective, strict=True)),
        "question": question,
        "steps": steps,
        "topics": {topic: topic for topic in TOPICS},
    }
    return HarnessWords(**(vars(ours) | theirs), right=right)


def _words(table: Mapping[str, str], language: Language, otherwise: str) -> list[str]:
    return table.get(language.code, otherwise).split(" | ")
