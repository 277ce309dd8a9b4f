"""The words that prompts need in each language, in one place.

Written for this project. A prompt's labels are in the target language, the language of its answer.
A language that is not here gets the English words, and an evaluation says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridgex.languages import Language


@dataclass(frozen=True)
class Labels:
    """The words of one language.

    Attributes:
        passage: a text that is asked about.
        question: what is asked.
        answer: what is answered.
        steps: an answer with its steps.
        statement: a claim that is judged.
        inference: entailment, neutral and contradiction as judgements of a statement.
        relation: cause and effect.
        topic: what a text is about.
        topics: the seven topics of SIB-200, under its own names.
    """

    passage: str
    question: str
    answer: str
    steps: str
    statement: str
    inference: Mapping[str, str]
    relation: Mapping[str, str]
    topic: str
    topics: Mapping[str, str]


INFERENCE = ("entailment", "neutral", "contradiction")
RELATION = ("cause", "effect")
TOPICS = (
    "science/technology",
    "travel",
    "politics",
    "sports",
    "health",
    "entertainment",
    "geography",
)


def labels(language: Language) -> Labels:
    """Return the words of a language, or the English ones where it has none here."""
    return LABELS.get(language.code, LABELS["en"])


def _labels(words: str, inference: str, relation: str, topic: str, topics: str) -> Labels:
    passage, question, answer, steps, statement = words.split(" | ")
    return Labels(
        passage,
        question,
        answer,
        steps,
        statement,
        dict(zip(INFERENCE, inference.split(" | "), strict=True)),
        dict(zip(RELATION, relation.split(" | "), strict=True)),
        topic,
        dict(zip(TOPICS, topics.split(" | "), strict=True)),
    )


LABELS: Mapping[str, Labels] = {
    "en": _labels(
        "Passage | Question | Answer | Step-by-step answer | Statement",
        "true | uncertain | false",
        "Cause | Effect",
        "Topic",
        "science and technology | travel | politics | sports | health | entertainment | geography",
    ),
    "de": _labels(
        "Text | Frage | Antwort | Schrittweise Antwort | Aussage",
        "wahr | ungewiss | falsch",
        "Ursache | Folge",
        "Thema",
        "Wissenschaft und Technik | Reisen | Politik | Sport | Gesundheit | Unterhaltung | "
        "Geografie",
    ),
    "fr": _labels(
        "Texte | Question | Réponse | Réponse étape par étape | Affirmation",
        "vrai | incertain | faux",
        "Cause | Conséquence",
        "Thème",
        "science et technologie | voyages | politique | sport | santé | divertissement | "
        "géographie",
    ),
    "it": _labels(
        "Testo | Domanda | Risposta | Risposta passo dopo passo | Affermazione",
        "vero | incerto | falso",
        "Causa | Effetto",
        "Argomento",
        "scienza e tecnologia | viaggi | politica | sport | salute | intrattenimento | geografia",
    ),
    "pt": _labels(
        "Texto | Pergunta | Resposta | Resposta passo a passo | Afirmação",
        "verdadeiro | incerto | falso",
        "Causa | Efeito",
        "Tema",
        "ciência e tecnologia | viagens | política | esportes | saúde | entretenimento | geografia",
    ),
    "es": _labels(
        "Texto | Pregunta | Respuesta | Respuesta paso a paso | Afirmación",
        "verdadero | incierto | falso",
        "Causa | Efecto",
        "Tema",
        "ciencia y tecnología | viajes | política | deportes | salud | entretenimiento | geografía",
    ),
    "zh": _labels(
        "文章 | 问题 | 答案 | 逐步解答 | 陈述",
        "正确 | 不确定 | 错误",
        "原因 | 结果",
        "主题",
        "科学技术 | 旅行 | 政治 | 体育 | 健康 | 娱乐 | 地理",
    ),
    "ja": _labels(
        "文章 | 質問 | 答え | 途中式と答え | 主張",
        "正しい | 不明 | 誤り",
        "原因 | 結果",
        "話題",
        "科学技術 | 旅行 | 政治 | スポーツ | 健康 | 娯楽 | 地理",
    ),
    "ar": _labels(
        "النص | السؤال | الإجابة | الإجابة خطوة بخطوة | العبارة",
        "صحيحة | غير مؤكدة | خاطئة",
        "السبب | النتيجة",
        "الموضوع",
        "العلوم والتكنولوجيا | السفر | السياسة | الرياضة | الصحة | الترفيه | الجغرافيا",
    ),
    "he": _labels(
        "טקסט | שאלה | תשובה | תשובה שלב אחר שלב | טענה",
        "נכון | לא ודאי | שגוי",
        "סיבה | תוצאה",
        "נושא",
        "מדע וטכנולוגיה | נסיעות | פוליטיקה | ספורט | בריאות | בידור | גאוגרפיה",
    ),
    "id": _labels(
        "Teks | Pertanyaan | Jawaban | Jawaban langkah demi langkah | Pernyataan",
        "benar | tidak pasti | salah",
        "Sebab | Akibat",
        "Topik",
        "sains dan teknologi | perjalanan | politik | olahraga | kesehatan | hiburan | geografi",
    ),
    "tl": _labels(
        "Teksto | Tanong | Sagot | Hakbang-hakbang na sagot | Pahayag",
        "totoo | hindi tiyak | mali",
        "Sanhi | Bunga",
        "Paksa",
        "agham at teknolohiya | paglalakbay | politika | isports | kalusugan | libangan | "
        "heograpiya",
    ),
    "fi": _labels(
        "Teksti | Kysymys | Vastaus | Vastaus vaihe vaiheelta | Väite",
        "tosi | epävarma | epätosi",
        "Syy | Seuraus",
        "Aihe",
        "tiede ja teknologia | matkailu | politiikka | urheilu | terveys | viihde | maantiede",
    ),
    "hu": _labels(
        "Szöveg | Kérdés | Válasz | Válasz lépésről lépésre | Állítás",
        "igaz | bizonytalan | hamis",
        "Ok | Következmény",
        "Téma",
        "tudomány és technológia | utazás | politika | sport | egészség | szórakozás | földrajz",
    ),
    "sw": _labels(
        "Kifungu | Swali | Jibu | Jibu hatua kwa hatua | Kauli",
        "kweli | haijulikani | si kweli",
        "Sababu | Matokeo",
        "Mada",
        "sayansi na teknolojia | usafiri | siasa | michezo | afya | burudani | jiografia",
    ),
}
