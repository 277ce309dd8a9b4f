"""How chat models are told to answer, and how an answer is stated, in each language.

Written for this project. What is said before a chat is in the language of a prompt's labels; a
language that is not here gets the English words. The statement of a number is the one with which
solutions end in MGSM (Shi et al. 2023).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bridgex.languages import Language


@dataclass(frozen=True)
class Forms:
    """What is said in one language about the form of an answer.

    Attributes:
        word: to translate a word, and answer with the translation only.
        text: to translate a text, and answer with the translation only.
        letter: to answer with the letter of the right option only.
        option: to answer with one of the options only.
        steps: to solve step by step, and end with the statement.
        statement: the sentence that states a number, ``{}`` in its place.
    """

    word: str
    text: str
    letter: str
    option: str
    steps: str
    statement: str

    @property
    def solving(self) -> str:
        """How a problem is to be solved, the statement of the number included."""
        return self.steps.format(self.statement.format("N"))


def forms(language: Language) -> Forms:
    """Return the forms of a language, or the English ones where it has none here."""
    return FORMS.get(language.code, FORMS["en"])


@cache
def statement(language: Language) -> str:
    """Return the pattern of a statement of a number up to its end; the number is its only group.

    Between the words of the sentence and the number there may be a colon, emphasis or a currency
    (``The answer is: **$18**``), and before each word but the first one more (``The correct
    answer is 18``).
    """
    before = re.escape(forms(language).statement.partition("{}")[0].strip())
    before = before.replace(r"\ ", r"(?:\s+\w+)?\s+").replace("—", "[—–-]")
    return rf"(?i:{before})[^\w\n−-]{{0,8}}([-−]?\d[\d.,٬٫]*)"


FORMS: Mapping[str, Forms] = {
    "en": Forms(
        "Translate the word. Answer with the translated word only.",
        "Translate the text. Answer with the translation only.",
        "Answer with the letter of the right answer only.",
        "Answer with one of the options only.",
        "Solve the problem step by step. End with the sentence: {}",
        "The answer is {}.",
    ),
    "de": Forms(
        "Übersetze das Wort. Antworte nur mit dem übersetzten Wort.",
        "Übersetze den Text. Antworte nur mit der Übersetzung.",
        "Antworte nur mit dem Buchstaben der richtigen Antwort.",
        "Antworte nur mit einer der Möglichkeiten.",
        "Löse die Aufgabe Schritt für Schritt. Ende mit dem Satz: {}",
        "Die Antwort lautet {}.",
    ),
    "fr": Forms(
        "Traduis le mot. Réponds uniquement par le mot traduit.",
        "Traduis le texte. Réponds uniquement par la traduction.",
        "Réponds uniquement par la lettre de la bonne réponse.",
        "Réponds uniquement par l’une des options.",
        "Résous le problème étape par étape. Termine par la phrase : {}",
        "La réponse est {}.",
    ),
    "it": Forms(
        "Traduci la parola. Rispondi solo con la parola tradotta.",
        "Traduci il testo. Rispondi solo con la traduzione.",
        "Rispondi solo con la lettera della risposta corretta.",
        "Rispondi solo con una delle opzioni.",
        "Risolvi il problema passo dopo passo. Termina con la frase: {}",
        "La risposta è {}.",
    ),
    "pt": Forms(
        "Traduza a palavra. Responda apenas com a palavra traduzida.",
        "Traduza o texto. Responda apenas com a tradução.",
        "Responda apenas com a letra da resposta correta.",
        "Responda apenas com uma das opções.",
        "Resolva o problema passo a passo. Termine com a frase: {}",
        "A resposta é {}.",
    ),
    "es": Forms(
        "Traduce la palabra. Responde solo con la palabra traducida.",
        "Traduce el texto. Responde solo con la traducción.",
        "Responde solo con la letra de la respuesta correcta.",
        "Responde solo con una de las opciones.",
        "Resuelve el problema paso a paso. Termina con la frase: {}",
        "La respuesta es {}.",
    ),
    "ru": Forms(
        "Переведи слово. В ответе напиши только переведённое слово.",
        "Переведи текст. В ответе напиши только перевод.",
        "В ответе напиши только букву правильного ответа.",
        "В ответе напиши только один из вариантов.",
        "Реши задачу шаг за шагом. Закончи предложением: {}",
        "Ответ — {}.",
    ),
    "zh": Forms(
        "请翻译这个词。只回答译出的词。",
        "请翻译这段文字。只回答译文。",
        "只回答正确答案的字母。",
        "只回答其中一个选项。",
        "请逐步解答这道题。最后一句写：{}",
        "答案是 {}。",
    ),
    "ja": Forms(
        "単語を翻訳してください。訳語だけを答えてください。",
        "文章を翻訳してください。訳文だけを答えてください。",
        "正しい答えの記号だけを答えてください。",
        "選択肢のうち一つだけを答えてください。",
        "問題を順を追って解いてください。最後に次の文を書いてください：{}",
        "答えは{}です。",
    ),
    "ar": Forms(
        "ترجم الكلمة. أجب بالكلمة المترجمة فقط.",
        "ترجم النص. أجب بالترجمة فقط.",
        "أجب بحرف الإجابة الصحيحة فقط.",
        "أجب بأحد الخيارات فقط.",
        "حل المسألة خطوة بخطوة. اختم بالجملة: {}",
        "الإجابة هي {}.",
    ),
    "he": Forms(
        "תרגם את המילה. ענה במילה המתורגמת בלבד.",
        "תרגם את הטקסט. ענה בתרגום בלבד.",
        "ענה באות של התשובה הנכונה בלבד.",
        "ענה באחת האפשרויות בלבד.",
        "פתור את הבעיה שלב אחר שלב. סיים במשפט: {}",
        "התשובה היא {}.",
    ),
    "id": Forms(
        "Terjemahkan kata ini. Jawab hanya dengan kata terjemahannya.",
        "Terjemahkan teks ini. Jawab hanya dengan terjemahannya.",
        "Jawab hanya dengan huruf jawaban yang benar.",
        "Jawab hanya dengan salah satu pilihan.",
        "Selesaikan soal ini langkah demi langkah. Akhiri dengan kalimat: {}",
        "Jawabannya adalah {}.",
    ),
    "tl": Forms(
        "Isalin ang salita. Ang isinaling salita lamang ang isagot.",
        "Isalin ang teksto. Ang salin lamang ang isagot.",
        "Ang titik ng tamang sagot lamang ang isagot.",
        "Isa lamang sa mga pagpipilian ang isagot.",
        "Lutasin ang problema nang hakbang-hakbang. Magtapos sa pangungusap na: {}",
        "Ang sagot ay {}.",
    ),
    "fi": Forms(
        "Käännä sana. Vastaa vain käännetyllä sanalla.",
        "Käännä teksti. Vastaa vain käännöksellä.",
        "Vastaa vain oikean vastauksen kirjaimella.",
        "Vastaa vain yhdellä vaihtoehdoista.",
        "Ratkaise tehtävä vaihe vaiheelta. Päätä vastaus lauseeseen: {}",
        "Vastaus on {}.",
    ),
    "hu": Forms(
        "Fordítsd le a szót. Csak a lefordított szóval válaszolj.",
        "Fordítsd le a szöveget. Csak a fordítással válaszolj.",
        "Csak a helyes válasz betűjelével válaszolj.",
        "Csak az egyik lehetőséggel válaszolj.",
        "Oldd meg a feladatot lépésről lépésre. Ezzel a mondattal fejezd be: {}",
        "A válasz {}.",
    ),
    "sw": Forms(
        "Tafsiri neno hili. Jibu kwa neno lililotafsiriwa pekee.",
        "Tafsiri maandishi haya. Jibu kwa tafsiri pekee.",
        "Jibu kwa herufi ya jibu sahihi pekee.",
        "Jibu kwa mojawapo ya chaguo pekee.",
        "Tatua swali hatua kwa hatua. Malizia kwa sentensi: {}",
        "Jibu ni {}.",
    ),
    "th": Forms(
        "แปลคำนี้ ตอบเฉพาะคำที่แปลแล้วเท่านั้น",
        "แปลข้อความนี้ ตอบเฉพาะคำแปลเท่านั้น",
        "ตอบเฉพาะตัวอักษรของคำตอบที่ถูกต้องเท่านั้น",
        "ตอบเฉพาะตัวเลือกหนึ่งข้อเท่านั้น",
        "แก้โจทย์ทีละขั้นตอน แล้วจบด้วยประโยคนี้: {}",
        "คำตอบคือ {}",
    ),
    "bn": Forms(
        "শব্দটি অনুবাদ করো। শুধু অনূদিত শব্দটি লিখে উত্তর দাও।",
        "লেখাটি অনুবাদ করো। শুধু অনুবাদটি লিখে উত্তর দাও।",
        "শুধু সঠিক উত্তরের অক্ষরটি লিখে উত্তর দাও।",
        "শুধু একটি বিকল্প লিখে উত্তর দাও।",
        "ধাপে ধাপে সমস্যাটির সমাধান করো। এই বাক্যটি দিয়ে শেষ করো: {}",
        "উত্তর হল {}।",
    ),
    "te": Forms(
        "ఈ పదాన్ని అనువదించండి. అనువదించిన పదంతో మాత్రమే సమాధానం ఇవ్వండి.",
        "ఈ వచనాన్ని అనువదించండి. అనువాదంతో మాత్రమే సమాధానం ఇవ్వండి.",
        "సరైన సమాధానం అక్షరంతో మాత్రమే సమాధానం ఇవ్వండి.",
        "ఎంపికలలో ఒకదానితో మాత్రమే సమాధానం ఇవ్వండి.",
        "సమస్యను దశలవారీగా పరిష్కరించండి. ఈ వాక్యంతో ముగించండి: {}",
        "సమాధానం {}.",
    ),
}
