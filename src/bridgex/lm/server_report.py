"""What is known of a server and its model."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridgex.errors import ServerError
from bridgex.lm.server_questions import Dialect, Served
from bridgex.version import rules

MISMATCHES = ("name", "tokenizer", "answers")
"""Checks whose failure refuses a server, unless allowed by name."""


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: ``name``, ``tokenizer``, ``answers``, ``context`` or ``likelihoods``.
        passed: None where it cannot be known.
        said: the finding, in a sentence.
    """

    name: str
    passed: bool | None
    said: str


@dataclass(frozen=True)
class Meeting:
    """What is known of a server's model.

    Attributes:
        served: the model.
        software: what serves it, as far as it says so.
        dialect: how it is asked.
        chat: how it is asked for answers to messages; None where it has no chat interface.
        context: number of tokens it reads at once; None where nobody knows.
        answers: its continuations of the fixed prompts.
        checks: what was checked.
    """

    served: Served
    software: str
    dialect: Dialect
    chat: Dialect | None
    context: int | None
    answers: tuple[str, ...]
    checks: tuple[Check, ...] = ()

    @property
    def mismatches(self) -> tuple[Check, ...]:
        """The failed checks that say it is another model."""
        return tuple(
            check for check in self.checks if check.name in MISMATCHES and check.passed is False
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "kind": "server",
            "schema": 1,
            "model": self.served.name,
            "software": self.software,
            "context": self.context,
            "prompts": "tokens" if self.dialect.tokens else "text",
            "parameters": dict(self.dialect.parameters),
            "refused_parameters": list(self.dialect.refused),
            "chat": self.chat is not None,
            "likelihoods": self.dialect.way,
            "checks": [asdict(check) for check in self.checks],
            "mismatches": [check.name for check in self.mismatches],
        }


def allowed(meeting: Meeting, allow: tuple[str, ...], local: str) -> None:
    """Refuse a server whose model is another, unless each mismatch is allowed by name.

    Raises:
        ServerError: one is not.
    """
    refused = [check for check in meeting.mismatches if check.name not in allow]
    if refused:
        names = ",".join(check.name for check in refused)
        raise ServerError(
            f"The server's model is not shown to be {local}: "
            f"{' '.join(check.said for check in refused)} Serve that model there; or, where the "
            f"difference is meant, allow it with --allow-mismatch {names}"
            f"{' or name the model with --server-model' if 'name' in names else ''}."
        )


def identity_of(meeting: Meeting, tokenizer: str, answers: str) -> Mapping[str, str]:
    """Return what determines a server's answers; its address is no part of it.

    Args:
        meeting: with the server.
        tokenizer: what tokens are made by.
        answers: digest of the answers that its model is known by.
    """
    chat = meeting.chat
    return {
        "rules": json.dumps(rules("server")),
        "server": meeting.software,
        "served": meeting.served.name,
        "root": meeting.served.root,
        "parameters": json.dumps(dict(meeting.dialect.parameters), sort_keys=True),
        "prompts": "tokens" if meeting.dialect.tokens else "text",
        "chat": "none" if chat is None else json.dumps(dict(chat.parameters), sort_keys=True),
        "likelihoods": meeting.dialect.way or "none",
        "tokenizer": tokenizer,
        "answers": answers,
    }
