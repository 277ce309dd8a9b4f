"""Small benchmarks of our own text."""

import json
from collections.abc import Sequence
from pathlib import Path


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


def write_belebele(folder: Path, passages: Sequence[str], **changed: object) -> Path:
    """Write German and English files of Belebele, the first question of each changed."""
    folder.mkdir(exist_ok=True)
    for code in ("deu_Latn", "eng_Latn"):
        lines = (json.dumps(each) for each in rows(passages, **changed))
        (folder / f"{code}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
