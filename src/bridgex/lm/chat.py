"""Prompts in a tokenizer's chat template.

A template is a program that came with the model. It runs in Jinja's sandbox, as transformers sets
it up, but that bounds neither time nor memory; so it runs in a process of its own, which can be
ended (`bridgex.lm.chat_worker`). One such process serves all models and prompts.

What a template does with the turns of a conversation is tried on a short one of marked words: one
that has no turn for the system gets its text at the head of the user's first turn, one that never
opens the assistant's turn has that turn opened as it would itself, and one that drops turns or
changes their order is refused.
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
from typing import Any, TypeAlias

from bridgex.conversation import Conversation, Prompt, conversation
from bridgex.errors import ModelError

SECONDS, SECONDS_A_PROMPT = 30.0, 0.02
"""How long a template may take at most, the start of its process included."""
LONGEST_ADDITION = 1_000_000
"""Characters that a template may add to a prompt."""
SWITCHES = ("enable_thinking", "thinking")
"""Variables of templates that turn thinking off."""

_OPEN_THINKING = re.compile(r"<((?:seed:)?think(?:ing)?|thought|reasoning)>\s*\Z")
"""A prompt that ends in thinking which the assistant is to go on with."""

_TRIED = Conversation(
    "QUESTION-B Is it so?", "SYSTEM-S Be brief.", (("QUESTION-A Is it?", "ANSWER-A Yes."),)
)
_MARKS = ("SYSTEM-S", "QUESTION-A", "ANSWER-A", "QUESTION-B")
_ANSWER = "ANSWER-B"

_Messages: TypeAlias = list[dict[str, str]]


def render_chat(tokenizer: Any, prompts: Sequence[Prompt], name: str) -> list[str]:
    """Return prompts in the chat template, up to where the answer begins.

    Thinking that a template opens is closed again, so that the answer comes next.

    Args:
        tokenizer: whose template it is; the model is not needed.
        prompts: conversations, or what a user says.
        name: of the model, for messages.

    Raises:
        ModelError: there is no chat template, or it cannot be read, refuses the conversation,
            leaves the prompt out, drops or reorders turns, does not come to an end, or writes too
            much.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise ModelError(f"{name} has no chat template; leave out --chat for a base model.")
    if not prompts:
        return []
    conversations = [conversation(prompt) for prompt in prompts]
    system_turn = _has_system_turn(tokenizer, conversations, name)
    texts = _rendered(
        tokenizer, [each.messages(system_turn=system_turn) for each in conversations], name
    )
    opening = "" if _has_generation_prompt(tokenizer) else _before_answer(tokenizer, name)
    for each, text in zip(conversations, texts, strict=True):
        if not text.strip():
            raise _refusal(name, "writes nothing")
        words = each.prompt.split()
        if sum(word not in text for word in words) > len(words) / 2:
            raise _refusal(name, "leaves out the prompt")
    return [_closed(text + opening.rstrip(" ")) for text in texts]


def _has_system_turn(tokenizer: Any, conversations: Sequence[Conversation], name: str) -> bool:
    """Tell whether a template has a turn for the system, and refuse one that loses other turns."""
    tried = Conversation(
        _TRIED.prompt,
        _TRIED.system if any(each.system for each in conversations) else "",
        _TRIED.solved if any(each.solved for each in conversations) else (),
    )
    if tried.system:
        try:
            (text,) = _rendered(tokenizer, [tried.messages()], name)
        except ModelError:
            text = ""
        if _MARKS[0] in text:
            _require_order(text, str(tried), name)
            return True
    if tried.system or tried.solved:
        (text,) = _rendered(tokenizer, [tried.messages(system_turn=False)], name)
        _require_order(text, str(tried), name)
    return False


def _require_order(text: str, turns: str, name: str) -> None:
    """Refuse a template unless every turn comes once; instructions may stand by any question."""
    marks = [mark for mark in _MARKS if mark in turns]
    if any(text.count(mark) != 1 for mark in marks):
        raise _refusal(name, "drops or repeats turns of a conversation")
    found = sorted(marks, key=text.find)
    of_turns = [[mark for mark in each if mark != _MARKS[0]] for each in (found, marks)]
    if of_turns[0] != of_turns[1] or found[-1] != _MARKS[-1]:
        raise _refusal(name, "changes the order of the turns of a conversation")


def _closed(text: str) -> str:
    """Return a prompt with the thinking closed that it ends in."""
    opened = _OPEN_THINKING.search(text)
    return f"{text.rstrip()}\n\n</{opened[1]}>\n\n" if opened else text


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
    before = _before_answer(tokenizer, name)
    if not _has_generation_prompt(tokenizer):
        return before[len(before.rstrip(" ")) :]
    return "" if before.strip() else before


def _has_generation_prompt(tokenizer: Any) -> bool:
    """Tell whether a template opens the assistant's turn when it is asked to."""
    return "add_generation_prompt" in str(tokenizer.get_chat_template())


def _before_answer(tokenizer: Any, name: str) -> str:
    """Return what a template writes between a prompt and its answer, as far as it shows it."""
    asked = Conversation(_TRIED.prompt).messages()
    (before,) = _rendered(tokenizer, [asked], name)
    try:
        (whole,) = _rendered(tokenizer, [[*asked, {"role": "assistant", "content": _ANSWER}]], name)
    except ModelError:  # it takes no answers, so nothing is known of how they begin
        return ""
    between, found, _ = whole.removeprefix(before).partition(_ANSWER)
    return between if whole.startswith(before) and found else ""


def _rendered(tokenizer: Any, conversations: Sequence[_Messages], name: str) -> list[str]:
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
