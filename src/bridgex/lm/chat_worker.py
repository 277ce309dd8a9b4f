"""Renders chat templates, in a process of its own: a line of JSON in, a line of JSON out.

Run as a script by `bridgex.lm.chat`; it imports nothing of bridgex.
"""

import contextlib
import json
import signal
import sys
from typing import Any

MEMORY = 2 * 2**30
"""Bytes of address space, where the system can bound that."""


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    from transformers.utils.chat_template_utils import render_jinja_template

    _bound_memory()
    for line in sys.stdin:
        request = json.loads(line)
        _bound_time(request["seconds"])
        try:
            answer = _answer(request, render_jinja_template)
        except MemoryError:
            answer = {"problem": "takes too much memory"}
        _bound_time(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _bound_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows, macOS
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _bound_time(seconds: float) -> None:
    """End this process in so many seconds, though nobody may wait for it any more; 0: never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _answer(request: dict[str, Any], render: Any) -> dict[str, Any]:
    """Return the texts of a request, or the problem as the predicate of a sentence."""
    from jinja2.exceptions import TemplateError, TemplateRuntimeError, TemplateSyntaxError

    texts: list[str] = []
    for conversation in request["conversations"]:
        try:
            rendered, _ = render(
                conversations=[conversation],
                chat_template=request["template"],
                add_generation_prompt=conversation[-1]["role"] == "user",
                **request["special"],
                **request["switches"],
            )
        except MemoryError:
            raise
        except TemplateSyntaxError as problem:
            return {"problem": f"cannot be read ({_reason(problem)}, line {problem.lineno})"}
        except Exception as problem:
            refuses = isinstance(problem, TemplateError)
            refuses &= not isinstance(problem, TemplateRuntimeError)
            verb = "refuses" if refuses else "fails on"
            what = "several turns" if len(conversation) > 1 else "a single message of a user"
            return {"problem": f"{verb} {what} ({_reason(problem)})"}
        given = sum(len(message["content"]) for message in conversation)
        if len(rendered[0]) > given + request["longest"]:
            return {"problem": f"adds more than {request['longest']:,} characters to a prompt"}
        texts.append(rendered[0])
    return {"texts": texts}


def _reason(problem: Exception) -> str:
    first = (str(problem).strip() or type(problem).__name__).splitlines()[0]
    return first if len(first) <= 200 else f"{first[:200]}…"


if __name__ == "__main__":
    main()
