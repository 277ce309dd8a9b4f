"""Small benchmarks of our own text."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from bridgex.tasks.split import is_development


def rows(passages: Sequence[str], **changed: object) -> list[dict[str, object]]:
    """Questions of Belebele, the first of them changed."""
    made: list[dict[str, object]] = [
        {
            "link": f"https://example.org/{at}",
            "question_number": 1,
            "flores_passage": passage,
            "question": "Who sleeps?",
            **{f"mc_answer{one}": f"answer {one}" for one in range(1, 5)},
            "correct_answer_num": "2",
        }
        for at, passage in enumerate(passages)
    ]
    made[0] = {name: value for name, value in {**made[0], **changed}.items() if value is not None}
    return made


def write_belebele(
    folder: Path,
    passages: Sequence[str],
    codes: Sequence[str] = ("deu_Latn", "eng_Latn"),
    **changed: object,
) -> Path:
    """Write files of Belebele, German and English ones by default; change the first question."""
    folder.mkdir(exist_ok=True)
    for code in codes:
        lines = (json.dumps(each) for each in rows(passages, **changed))
        (folder / f"{code}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def undeveloped(passages: Iterable[str]) -> list[str]:
    """Return the passages that are evaluated, not kept for development."""
    return [passage for passage in passages if not is_development(passage)]
