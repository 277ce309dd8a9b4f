"""Hold the version of each rule against the code it stands for.

A stored value is kept under the versions of the rules that made it (`bridgex.version.RULES`).
``tests/rules.json`` records, per rule, its version and a digest of the code of its modules, without
docstrings and comments; a test compares. After a change of that code:

- numbers change: raise the rule's version in ``src/bridgex/version.py``;
- numbers do not change: leave it.

Then record it: ``python tools/rules.py``.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "bridgex"
RECORD = ROOT / "tests" / "rules.json"

_NEURONS = (
    "lm/activations.py",
    "lm/architectures.py",
    "lm/attention.py",
    "lm/families.py",
    "lm/rows.py",
    "lm/wiring.py",
)
_READING = (
    *_NEURONS,
    "lm/batches.py",
    "lm/budget.py",
    "lm/capture.py",
    "lm/memory.py",
    "lm/model.py",
)

MODULES = {
    "sequences": ("lm/sequences.py",),
    "counting": _READING,
    "pooling": (*_READING, "lm/chat.py", "lm/chat_worker.py", "probe.py", "tasks/word_chain.py"),
    "dependence": tuple(
        f"dependence/{path.name}" for path in sorted((PACKAGE / "dependence").glob("[!_]*.py"))
    ),
    "bridge_score": (
        "bridges/defined.py",
        "bridges/score.py",
        "bridges/sets.py",
        "bridges/sizes.py",
        "bridges/verdict.py",
    ),
    "logit_lens": (
        "lm/batches.py",
        "lm/chat.py",
        "lm/chat_worker.py",
        "lm/lens.py",
        "lm/memory.py",
    ),
    "embeddings": (
        "lm/batches.py",
        "lm/embeddings.py",
        "lm/lens.py",
        "lm/memory.py",
        "lm/model.py",
    ),
    "generation": (
        "lm/attention.py",
        "lm/budget.py",
        "lm/chat.py",
        "lm/chat_worker.py",
        "lm/decoding.py",
        "lm/generate.py",
        "lm/local.py",
        "lm/memory.py",
        "generation.py",
    ),
    "likelihood": (
        "lm/attention.py",
        "lm/batches.py",
        "lm/chat.py",
        "lm/chat_worker.py",
        "lm/likelihood.py",
        "lm/local.py",
        "lm/memory.py",
    ),
    "server": (
        "lm/server.py",
        "lm/server_answers.py",
        "lm/server_check.py",
        "lm/server_questions.py",
        "generation.py",
    ),
    "ablation": (*_READING, "lm/ablation.py"),
}
"""Rule → the modules whose code it stands for."""


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the code of modules, the same under every version of Python."""
    code = [[path.name, _plain(ast.parse(path.read_text(encoding="utf-8")))] for path in paths]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def of_rule(rule: str) -> str:
    """Return the digest of the modules of a rule."""
    return digest(PACKAGE / name for name in MODULES[rule])


def _plain(node: Any) -> Any:
    """Return a syntax tree as lists, without docstrings and what is empty."""
    if isinstance(node, list):
        return [_plain(each) for each in node if not _is_docstring(each)]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if name != "ctx")
    filled = [[name, _plain(value)] for name, value in fields if value not in (None, [])]
    return [type(node).__name__, *filled]


def _is_docstring(node: Any) -> bool:
    """Whether a statement is a text alone: a docstring, or one under a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def main() -> None:
    """Record version and digest of every rule."""
    from bridgex.version import RULES

    record = {rule: {"version": RULES[rule], "digest": of_rule(rule)} for rule in RULES}
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
