"""The words that our prompts need in each language, in one place.

Written for this project. Which language's words a prompt has is said by
`bridgex.tasks.base.Task.instruction_language`; one that is not here gets the English words, and an
evaluation says so. The words of lm-evaluation-harness are in `bridgex.tasks.harness`.
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
        connective: what joins two clauses, the second of which is the cause or the effect.
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
    connective: Mapping[str, str]
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


def _labels(
    words: str, inference: str, relation: str, connective: str, topic: str, topics: str
) -> Labels:
    passage, question, answer, steps, statement = words.split(" | ")
    return Labels(
        passage,
        question,
        answer,
        steps,
        statement,
        dict(zip(INFERENCE, inference.split(" | "), strict=True)),
        dict(zip(RELATION, relation.split(" | "), strict=True)),
        dict(zip(RELATION, connective.split(" | "), strict=True)),
        topic,
        dict(zip(TOPICS, topics.split(" | "), strict=True)),
    )


LABELS: Mapping[str, Labels] = {
    "en": _labels(
        "Passage | Question | Answer | Step-by-step answer | Statement",
        "true | uncertain | false",
        "Cause | Effect",
        "because | so",
        "Topic",
        "science and technology | travel | politics | sports | health | entertainment | geography",
    ),
    "de": _labels(
        "Text | Frage | Antwort | Schrittweise Antwort | Aussage",
        "wahr | ungewiss | falsch",
        "Ursache | Folge",
        "denn | deshalb",
        "Thema",
        "Wissenschaft und Technik | Reisen | Politik | Sport | Gesundheit | Unterhaltung | "
        "Geografie",
    ),
    "fr": _labels(
        "Texte | Question | Réponse | Réponse étape par étape | Affirmation",
        "vrai | incertain | faux",
        "Cause | Conséquence",
        "parce que | donc",
        "Thème",
        "science et technologie | voyages | politique | sport | santé | divertissement | "
        "géographie",
    ),
    "it": _labels(
        "Testo | Domanda | Risposta | Risposta passo dopo passo | Affermazione",
        "vero | incerto | falso",
        "Causa | Effetto",
        "perché | quindi",
        "Argomento",
        "scienza e tecnologia | viaggi | politica | sport | salute | intrattenimento | geografia",
    ),
    "pt": _labels(
        "Texto | Pergunta | Resposta | Resposta passo a passo | Afirmação",
        "verdadeiro | incerto | falso",
        "Causa | Efeito",
        "porque | por isso",
        "Tema",
        "ciência e tecnologia | viagens | política | esportes | saúde | entretenimento | geografia",
    ),
    "es": _labels(
        "Texto | Pregunta | Respuesta | Respuesta paso a paso | Afirmación",
        "verdadero | incierto | falso",
        "Causa | Efecto",
        "porque | así que",
        "Tema",
        "ciencia y tecnología | viajes | política | deportes | salud | entretenimiento | geografía",
    ),
    "zh": _labels(
        "文章 | 问题 | 答案 | 逐步解答 | 陈述",
        "正确 | 不确定 | 错误",
        "原因 | 结果",
        "因为 | 所以",
        "主题",
        "科学技术 | 旅行 | 政治 | 体育 | 健康 | 娱乐 | 地理",
    ),
    "ja": _labels(
        "文章 | 質問 | 答え | 途中式と答え | 主張",
        "正しい | 不明 | 誤り",
        "原因 | 結果",
        "なぜなら | だから",
        "話題",
        "科学技術 | 旅行 | 政治 | スポーツ | 健康 | 娯楽 | 地理",
    ),
    "ar": _labels(
        "النص | السؤال | الإجابة | الإجابة خطوة بخطوة | العبارة",
        "صحيحة | غير مؤكدة | خاطئة",
        "السبب | النتيجة",
        "لأن | لذلك",
        "الموضوع",
        "العلوم والتكنولوجيا | السفر | السياسة | الرياضة | الصحة | الترفيه | الجغرافيا",
    ),
    "he": _labels(
        "טקסט | שאלה | תשובה | תשובה שלב אחר שלב | טענה",
        "נכון | לא ודאי | שגוי",
        "סיבה | תוצאה",
        "כי | ולכן",
        "נושא",
        "מדע וטכנולוגיה | נסיעות | פוליטיקה | ספורט | בריאות | בידור | גאוגרפיה",
    ),
    "id": _labels(
        "Teks | Pertanyaan | Jawaban | Jawaban langkah demi langkah | Pernyataan",
        "benar | tidak pasti | salah",
        "Sebab | Akibat",
        "karena | maka",
        "Topik",
        "sains dan teknologi | perjalanan | politik | olahraga | kesehatan | hiburan | geografi",
    ),
    "tl": _labels(
        "Teksto | Tanong | Sagot | Hakbang-hakbang na sagot | Pahayag",
        "totoo | hindi tiyak | mali",
        "Sanhi | Bunga",
        "dahil | kaya",
        "Paksa",
        "agham at teknolohiya | paglalakbay | politika | isports | kalusugan | libangan | "
        "heograpiya",
    ),
    "fi": _labels(
        "Teksti | Kysymys | Vastaus | Vastaus vaihe vaiheelta | Väite",
        "tosi | epävarma | epätosi",
        "Syy | Seuraus",
        "koska | joten",
        "Aihe",
        "tiede ja teknologia | matkailu | politiikka | urheilu | terveys | viihde | maantiede",
    ),
    "hu": _labels(
        "Szöveg | Kérdés | Válasz | Válasz lépésről lépésre | Állítás",
        "igaz | bizonytalan | hamis",
        "Ok | Következmény",
        "mert | ezért",
        "Téma",
        "tudomány és technológia | utazás | politika | sport | egészség | szórakozás | földrajz",
    ),
    "sw": _labels(
        "Kifungu | Swali | Jibu | Jibu hatua kwa hatua | Kauli",
        "kweli | haijulikani | si kweli",
        "Sababu | Matokeo",
        "kwa sababu | kwa hiyo",
        "Mada",
        "sayansi na teknolojia | usafiri | siasa | michezo | afya | burudani | jiografia",
    ),
    "ru": _labels(
        "Текст | Вопрос | Ответ | Пошаговое решение | Утверждение",
        "верно | неясно | неверно",
        "Причина | Следствие",
        "потому что | поэтому",
        "Тема",
        "наука и технологии | путешествия | политика | спорт | здоровье | развлечения | география",
    ),
    "bg": _labels(
        "Текст | Въпрос | Отговор | Решение стъпка по стъпка | Твърдение",
        "вярно | неясно | невярно",
        "Причина | Следствие",
        "защото | затова",
        "Тема",
        "наука и технологии | пътувания | политика | спорт | здраве | развлечения | география",
    ),
    "el": _labels(
        "Κείμενο | Ερώτηση | Απάντηση | Απάντηση βήμα προς βήμα | Δήλωση",
        "αληθής | αβέβαιη | ψευδής",
        "Αιτία | Αποτέλεσμα",
        "επειδή | οπότε",
        "Θέμα",
        "επιστήμη και τεχνολογία | ταξίδια | πολιτική | αθλητισμός | υγεία | ψυχαγωγία | γεωγραφία",
    ),
    "tr": _labels(
        "Metin | Soru | Cevap | Adım adım çözüm | İfade",
        "doğru | belirsiz | yanlış",
        "Neden | Sonuç",
        "çünkü | bu yüzden",
        "Konu",
        "bilim ve teknoloji | seyahat | siyaset | spor | sağlık | eğlence | coğrafya",
    ),
    "vi": _labels(
        "Đoạn văn | Câu hỏi | Câu trả lời | Lời giải từng bước | Nhận định",
        "đúng | không chắc chắn | sai",
        "Nguyên nhân | Kết quả",
        "bởi vì | vì vậy",
        "Chủ đề",
        "khoa học và công nghệ | du lịch | chính trị | thể thao | sức khỏe | giải trí | địa lý",
    ),
    "th": _labels(
        "เนื้อหา | คำถาม | คำตอบ | คำตอบทีละขั้นตอน | ข้อความ",
        "จริง | ไม่แน่ชัด | เท็จ",
        "สาเหตุ | ผลลัพธ์",
        "เพราะ | ดังนั้น",
        "หัวข้อ",
        "วิทยาศาสตร์และเทคโนโลยี | การท่องเที่ยว | การเมือง | กีฬา | สุขภาพ | ความบันเทิง | ภูมิศาสตร์",
    ),
    "hi": _labels(
        "गद्यांश | प्रश्न | उत्तर | चरण-दर-चरण उत्तर | कथन",
        "सही | अनिश्चित | गलत",
        "कारण | परिणाम",
        "क्योंकि | इसलिए",
        "विषय",
        "विज्ञान और प्रौद्योगिकी | यात्रा | राजनीति | खेल | स्वास्थ्य | मनोरंजन | भूगोल",
    ),
    "ur": _labels(
        "عبارت | سوال | جواب | مرحلہ وار جواب | بیان",
        "درست | غیر یقینی | غلط",
        "وجہ | نتیجہ",
        "کیونکہ | اس لیے",
        "موضوع",
        "سائنس اور ٹیکنالوجی | سفر | سیاست | کھیل | صحت | تفریح | جغرافیہ",
    ),
    "bn": _labels(
        "অনুচ্ছেদ | প্রশ্ন | উত্তর | ধাপে ধাপে উত্তর | বক্তব্য",
        "সত্য | অনিশ্চিত | মিথ্যা",
        "কারণ | ফলাফল",
        "কারণ | তাই",
        "বিষয়",
        "বিজ্ঞান ও প্রযুক্তি | ভ্রমণ | রাজনীতি | খেলাধুলা | স্বাস্থ্য | বিনোদন | ভূগোল",
    ),
    "te": _labels(
        "పాఠ్యం | ప్రశ్న | సమాధానం | దశలవారీ సమాధానం | ప్రకటన",
        "ఒప్పు | అనిశ్చితం | తప్పు",
        "కారణం | ఫలితం",
        "ఎందుకంటే | కాబట్టి",
        "అంశం",
        "సైన్స్ మరియు టెక్నాలజీ | ప్రయాణం | రాజకీయాలు | క్రీడలు | ఆరోగ్యం | వినోదం | భూగోళశాస్త్రం",
    ),
    "ta": _labels(
        "பத்தி | கேள்வி | பதில் | படிப்படியான பதில் | கூற்று",
        "சரி | நிச்சயமற்றது | தவறு",
        "காரணம் | விளைவு",
        "ஏனெனில் | எனவே",
        "தலைப்பு",
        "அறிவியல் மற்றும் தொழில்நுட்பம் | பயணம் | அரசியல் | விளையாட்டு | ஆரோக்கியம் | பொழுதுபோக்கு | புவியியல்",
    ),
    "ko": _labels(
        "지문 | 질문 | 답 | 단계별 풀이 | 진술",
        "참 | 불확실 | 거짓",
        "원인 | 결과",
        "왜냐하면 | 그래서",
        "주제",
        "과학기술 | 여행 | 정치 | 스포츠 | 건강 | 연예 | 지리",
    ),
    "pl": _labels(
        "Tekst | Pytanie | Odpowiedź | Rozwiązanie krok po kroku | Stwierdzenie",
        "prawda | nie wiadomo | fałsz",
        "Przyczyna | Skutek",
        "ponieważ | więc",
        "Temat",
        "nauka i technika | podróże | polityka | sport | zdrowie | rozrywka | geografia",
    ),
    "nl": _labels(
        "Tekst | Vraag | Antwoord | Antwoord stap voor stap | Bewering",
        "waar | onzeker | onwaar",
        "Oorzaak | Gevolg",
        "want | dus",
        "Onderwerp",
        "wetenschap en technologie | reizen | politiek | sport | gezondheid | amusement | "
        "geografie",
    ),
    "et": _labels(
        "Tekst | Küsimus | Vastus | Samm-sammuline vastus | Väide",
        "tõene | ebakindel | väär",
        "Põhjus | Tagajärg",
        "sest | seetõttu",
        "Teema",
        "teadus ja tehnoloogia | reisimine | poliitika | sport | tervis | meelelahutus | "
        "geograafia",
    ),
    "ht": _labels(
        "Tèks | Kesyon | Repons | Repons etap pa etap | Deklarasyon",
        "vre | pa sèten | fo",
        "Kòz | Konsekans",
        "paske | kidonk",
        "Sijè",
        "syans ak teknoloji | vwayaj | politik | espò | sante | divètisman | jewografi",
    ),
}
