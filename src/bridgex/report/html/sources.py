"""What the numbers came from: texts with their licences, settings, how to cite."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridgex.report.html.tables import Column, Table
from bridgex.report.text import visible
from bridgex.result import Result

CITATION = """\
@inproceedings{xu-etal-2025-linguistic,
  title     = {Linguistic Neuron Overlap Patterns to Facilitate Cross-lingual Transfer
               on Low-resource Languages},
  author    = {Xu, Yuemei and Xu, Kexin and Zhou, Jian and Hu, Ling and Gui, Lin},
  booktitle = {Proceedings of the 2025 Conference on Empirical Methods in Natural Language
               Processing},
  year      = {2025},
  note      = {arXiv:2508.17078}
}"""
"""The paper whose method this is; beside it, the signature names version and settings."""
BULKY = {"probe", "examples", "ranking", "neurons", "overlap"}
"""Parts of a provenance that are shown elsewhere or fill pages."""
LONGEST = 12_000
"""Letters of what is shown of a provenance."""


def licences(result: Result, name: str) -> Table | None:
    """Return the texts behind a result with their licences; None where it names none."""
    rows = {
        (
            str(text.get("name", "")),
            str(text.get("licence", "")),
            ", ".join(map(str, text.get("files") or ()))[:200],
            str(text.get("digest", ""))[:12],
        )
        for text in _texts(getattr(result, "provenance", {}))
    }
    if not rows:
        return None
    columns = [Column(each) for each in ("Text", "Licence", "Files", "SHA-256")]
    return Table(name, "Texts and licences", "", columns, sorted(rows))


def origins(result: Result) -> str:
    """Return everything else that a result came from, as JSON for readers."""
    facts = {
        **getattr(result, "provenance", {}),
        **({"settings": result.settings} if hasattr(result, "settings") else {}),
    }
    kept = {name: value for name, value in facts.items() if name not in BULKY}
    text = visible(json.dumps(kept, ensure_ascii=False, indent=2))
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… ({len(text):,} characters; all of it is in the result's JSON)"


def _texts(facts: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(facts, Mapping):
        if "licence" in facts:
            yield facts
        for each in facts.values():
            yield from _texts(each)
    elif isinstance(facts, list | tuple):
        for each in facts:
            yield from _texts(each)
