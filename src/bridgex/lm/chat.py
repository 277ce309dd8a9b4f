"""Prompts in a tokenizer's chat template.

A template is a program that came with the model. It runs in Jinja's sandbox, as transformers sets
it up, but that bounds neither time nor memory; so it runs in a process of its own, which can be
ended (`bridgex.lm.chat_worker`). One such process serves all models and prompts.
"""

import atexit
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridgex.errors import ModelError

SECONDS, SECONDS_A_PROMPT = 30.0, 0.02
"""How long a template may take at most, the start of its process included."""
LONGEST_ADDITION = 1_000_000
"""Characters that a template may add to a prompt."""
SWITCHES = ("enable_thinking", "thinking")
"""Variables of templates that turn thinking off."""


def render_chat(tokenizer: Any, prompts: Sequence[str], name: str) -> list[str]:
    """Return prompts as messages of a user, in the chat template, up to where the answer begins.

    Args:
        tokenizer: whose template it is; the model is not needed.
        prompts: the messages of the user.
        name: of the model, for messages.

    Raises:
        ModelError: there is no chat template, or it cannot be read, refuses a single message of a
            user, leaves the prompt out, does not come to an end, or writes too much.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise ModelError(f"{name} has no chat template; leave out --chat for a base model.")
    if not prompts:
        return []
    texts = _rendered(tokenizer, [[_user(prompt)] for prompt in prompts], name)
    for prompt, text in zip(prompts, texts, strict=True):
        if not text.strip():
            raise _refusal(name, "writes nothing")
        words = prompt.split()
        if sum(word not in text for word in words) > len(words) / 2:
            raise _refusal(name, "leaves out the prompt")
    return texts


def thinking_switches(tokenizer: Any) -> dict[str, bool]:
    """Return the variables by which a chat template turns thinking off, as far as it has them.

    ``enable_thinking`` (Qwen 3 and others) and ``thinking`` (Granite, DeepSeek).
    """
    template = str(getattr(tokenizer, "chat_template", None) or "")
    return {name: False for name in SWITCHES if re.search(rf"\b{name}\b", template)}


def answer_separator(tokenizer: Any, name: str) -> str:
    """Return the white space that a chat template writes before the text of an assistant.

    Most templates end the header of an answer themselves (``<|assistant|>`` and a line break); that
    of Llama 2 writes a space before the answer. Where a template does not show it, it is nothing.

    Raises:
        ModelError: as in `render_chat`.
    """
    question, answer = "Is it so?", "ANSWER"
    (before,) = render_chat(tokenizer, [question], name)
    conversation = [_user(question), {"role": "assistant", "content": answer}]
    try:
        (whole,) = _rendered(tokenizer, [conversation], name)
    except ModelError:  # it takes no answers, so nothing is known of how they begin
        return ""
    separator, found_answer, _ = whole.removeprefix(before).partition(answer)
    shown = whole.startswith(before) and found_answer and not separator.strip()
    return separator if shown else ""


def _user(prompt: str) -> dict[str, str]:
    return {"role": "user", "content": prompt}


def _rendered(
    tokenizer: Any, conversations: Sequence[Sequence[dict[str, str]]], name: str
) -> list[str]:
    seconds = SECONDS + SECONDS_A_PROMPT * len(conversations)
    try:
        request = {
            "seconds": seconds,
            "template": tokenizer.get_chat_template(),
            "special": tokenizer.special_tokens_map,
            "switches": thinking_switches(tokenizer),
            "conversations": conversations,
            "longest": LONGEST_ADDITION,
        }
        line = json.dumps(request, default=str)
    except (TypeError, ValueError) as problem:
        raise _refusal(name, f"cannot be read ({str(problem).splitlines()[0]})") from problem
    reply = _WORKER.ask(line, seconds)
    if reply is None:
        raise _refusal(name, "does not come to an end, or takes too much memory")
    answer = json.loads(reply)
    if "problem" in answer:
        raise _refusal(name, answer["problem"])
    texts: list[str] = answer["texts"]
    return texts


def _refusal(name: str, what: str) -> ModelError:
    return ModelError(
        f"The chat template of {name} {what}; leave out --chat, or mend the template "
        "(chat_template.jinja)."
    )


class _Worker:
    """The process that templates run in, started when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0

    def ask(self, request: str, seconds: float) -> str | None:
        """Send a line and return the line that comes back, or None when none comes in time."""
        with self._lock:
            process = self._started()
            replies: list[str] = []
            exchange = threading.Thread(
                target=_exchange, args=(process, request, replies), daemon=True
            )
            exchange.start()
            try:
                exchange.join(seconds)
            finally:  # a reply that comes later must not answer the next question
                if not replies:
                    self.end()
            return next(iter(replies), None)

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self.end()
        if self._process is None or self._owner != os.getpid():  # never that of a parent process
            script = Path(__file__).with_name("chat_worker.py")
            self._process = subprocess.Popen(  # noqa: S603  (our own script)
                [sys.executable, "-P", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                encoding="ascii",
            )
            self._owner = os.getpid()
            atexit.register(self.end)
        return self._process

    def end(self) -> None:
        """End the process, whatever it is doing."""
        atexit.unregister(self.end)
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be sent
                    pipe.close()


def _exchange(process: "subprocess.Popen[str]", request: str, replies: list[str]) -> None:
    if process.stdin is None or process.stdout is None:
        return
    try:
        process.stdin.write(request + "\n")
        process.stdin.flush()
        reply = process.stdout.readline()
    except (OSError, ValueError):  # the process ended
        return
    if reply:
        replies.append(reply)


_WORKER = _Worker()
