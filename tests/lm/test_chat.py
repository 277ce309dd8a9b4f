"""Chat templates: what they write, and those that refuse, break, never end or write too much."""

import copy
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bridgex.conversation import Conversation
from bridgex.errors import ModelError
from bridgex.lm import chat
from bridgex.lm.chat import render_chat, thinking_switches
from tests.lm.tiny import tokenizer, transformers_model, wrap

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<{{ message.role }}>{{ message.content | trim }}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
NEEDS_SYSTEM = (
    "{% if messages[0].role != 'system' %}{{ raise_exception('needs system') }}{% endif %}"
    "{{ messages[0].content }}"
)
LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
DOUBLING = (
    "{% set s = namespace(x='a') %}{% for i in range(60) %}{% set s.x = s.x ~ s.x %}{% endfor %}"
)


def with_template(template: Any) -> Any:
    own = copy.deepcopy(tokenizer())
    own.chat_template = template
    return own


def test_it_writes_what_transformers_writes() -> None:
    own = with_template(TEMPLATE)
    prompts = ["w7 w8", " w9\n", '東京:"火"→日本語:', "\ud800 {{ 1/0 }} \x00", "x" * 70_000]
    expected = [
        own.apply_chat_template(
            [{"role": "user", "content": each}], tokenize=False, add_generation_prompt=True
        )
        for each in prompts
    ]
    assert render_chat(own, prompts, "tiny") == expected
    assert expected[0] == "<s><user>w7 w8<assistant>"
    assert render_chat(own, [], "tiny") == []
    assert wrap(transformers_model("llama"), own).chat("w7 w8") == expected[0]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (NEEDS_SYSTEM, r"refuses a single message of a user \(needs system\)"),
        ("{{ raise_exception('one\ntwo') }}", r"refuses a single message of a user \(one\)"),
        ("{{ raise_exception('') }}", r"refuses a single message of a user \(TemplateError\)"),
        ("{% for each in", r"cannot be read \(unexpected 'end of template', line 1\)"),
        ("{{ messages | unknown }}", r"cannot be read \(No filter named 'unknown'"),
        ("{{ messages[0].content.a.b }}", "fails on a single message of a user"),
        ("{{ messages[1].content.x }}", "fails on a single message of a user"),
        ("{{ 1 / 0 }}", r"\(division by zero\)"),
        ("{{ absent() }}", r"\('absent' is undefined\)"),
        ("{{ messages + 1 }}", "fails on a single message of a user"),
        ("{% break %}", "fails on a single message of a user"),
        ("{% include 'other' %}", "fails on a single message of a user"),
        ("{{ ''.__class__.__mro__ }}", "is unsafe"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "maximum recursion depth"),
        ("{% for i in range(100001) %}{% endfor %}", "Range too big"),
        ({"other": TEMPLATE}, "cannot be read .*multiple chat templates"),
        ([1], "fails on a single message of a user"),
        (5, "fails on a single message of a user"),
        (" ", "writes nothing"),
        ("{# a comment #}", "writes nothing"),
        ("Hello!", "leaves out the prompt"),
        ("{{ messages[0].content[:2] }}", "leaves out the prompt"),
        ("{{ messages[0].content }}{{ 'a' * 50000000 }}", "adds more than 1,000,000 characters"),
        ("{{ 'a' * 10**11 }}", "takes too much memory"),
        pytest.param(
            DOUBLING,
            "takes too much memory",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux"),
        ),
    ],
)
def test_a_template_that_cannot_be_used_is_one_sentence(template: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        render_chat(with_template(template), ["w7 w8 w9"], "tiny")
    text = str(caught.value)
    assert text.startswith("The chat template of tiny ")
    assert text.endswith("; leave out --chat, or mend the template (chat_template.jinja).")
    assert "\n" not in text


LLAMA_2 = (
    "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }} </s>{% endif %}{% endfor %}"
)
THINKING = (
    "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}<think></think>{% endif %}"
    "{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.mark.parametrize(
    ("template", "separator"),
    [
        (TEMPLATE, ""),
        (LLAMA_2, " "),
        (THINKING, ""),
        ("{{ messages[0].content }}", ""),
        ("{% if messages | length > 1 %}{{ 1 / 0 }}{% endif %}{{ messages[0].content }}", ""),
    ],
)
def test_what_stands_before_an_answer(template: str, separator: str) -> None:
    assert chat.answer_separator(with_template(template), "tiny") == separator


THINKS = (
    "{{ messages[0].content }}"
    "{% if NAME is defined and NAME is false %}<think></think>{% else %}<think>{% endif %}"
)


@pytest.mark.parametrize("name", ["enable_thinking", "thinking"])
def test_a_template_that_can_is_told_not_to_think(name: str) -> None:
    template = with_template(THINKS.replace("NAME", name))
    assert thinking_switches(template) == {name: False}
    assert render_chat(template, ["Hi"], "m") == ["Hi<think></think>"]
    plain = with_template("{{ messages[0].content }} rethinking")
    assert thinking_switches(plain) == {}


@pytest.mark.parametrize("template", [None, ""])
def test_no_template_is_one_sentence(template: Any) -> None:
    with pytest.raises(ModelError, match="has no chat template; leave out --chat"):
        render_chat(with_template(template), ["w7"], "tiny")


def test_a_template_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    good, endless = with_template(TEMPLATE), with_template(LOOP)
    expected = render_chat(good, ["w7"], "tiny")
    process = chat._WORKER._process
    assert process is not None
    monkeypatch.setattr(chat, "SECONDS", 1.0)
    start = time.monotonic()
    with pytest.raises(ModelError, match="does not come to an end"):
        render_chat(endless, ["w7"], "tiny")
    assert time.monotonic() - start < 5
    assert process.poll() is not None
    monkeypatch.undo()
    assert render_chat(good, ["w7"], "tiny") == expected


def test_a_process_that_was_ended_is_started_anew() -> None:
    good = with_template(TEMPLATE)
    expected = render_chat(good, ["w7"], "tiny")
    process = chat._WORKER._process
    assert process is not None
    process.kill()
    process.wait()
    assert render_chat(good, ["w7"], "tiny") == expected


def test_an_interrupted_question_does_not_answer_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    good = with_template(TEMPLATE)
    expected = render_chat(good, ["w7"], "tiny")

    class Interrupted(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading, "Thread", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        render_chat(good, ["w8 " * 9999], "tiny")
    monkeypatch.undo()
    assert render_chat(good, ["w7"], "tiny") == expected


@pytest.mark.skipif(sys.platform == "win32", reason="there are no timers of this kind")
def test_the_process_ends_itself_when_nobody_waits_any_more() -> None:
    script = str(Path(chat.__file__).with_name("chat_worker.py"))
    request: dict[str, Any] = {"seconds": 0.5, "template": LOOP, "special": {}, "switches": {}}
    request["longest"] = 9
    request["conversations"] = [[{"role": "user", "content": "w7"}]]
    done = subprocess.run(  # noqa: S603  (our own script)
        [sys.executable, "-P", script],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""


ASKED = Conversation("And 3?", "Be brief.", (("What is 2?", "Two."),))
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
SILENT_SYSTEM = NO_SYSTEM.replace("{{ raise_exception('no system') }}", "{% else %}").replace(
    "{% endif %}<{{ m.role }}>{{ m.content }}", "<{{ m.role }}>{{ m.content }}{% endif %}"
)
UNOPENED = "{% for m in messages %}<{{ m.role }}>\n{{ m.content }}</s>\n{% endfor %}"


@pytest.mark.parametrize("template", [NO_SYSTEM, SILENT_SYSTEM])
def test_without_a_turn_of_the_system_its_text_heads_the_users_first(template: str) -> None:
    expected = "<user>Be brief.\n\nWhat is 2?<assistant>Two.<user>And 3?<assistant>"
    assert render_chat(with_template(template), [ASKED], "tiny") == [expected]


def test_turns_are_what_transformers_makes_of_them() -> None:
    own = with_template(TEMPLATE)
    expected = own.apply_chat_template(ASKED.messages(), tokenize=False, add_generation_prompt=True)
    assert render_chat(own, [ASKED], "tiny") == [expected]
    assert expected.startswith("<s><system>Be brief.<user>")


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        (UNOPENED, "<user>\nw7</s>\n<assistant>\n"),
        (LLAMA_2, "[INST] w7 [/INST]"),
        (UNOPENED.replace("\n{{", " {{"), "<user> w7</s>\n<assistant>"),
        ("{{ messages[0].content }}", "w7"),
    ],
)
def test_a_template_that_never_opens_the_answer_has_it_opened(template: str, prompt: str) -> None:
    assert render_chat(with_template(template), ["w7"], "tiny") == [prompt]


def test_what_stands_before_an_answer_that_had_to_be_opened() -> None:
    spaced = with_template(UNOPENED.replace("\n{{", " {{"))
    assert chat.answer_separator(spaced, "tiny") == " "
    assert chat.answer_separator(with_template(UNOPENED), "tiny") == ""


ONLY_LAST = "<{{ messages[-1].role }}>{{ messages[-1].content }}"
BACKWARDS = "{% for m in messages | reverse %}<{{ m.role }}>{{ m.content }}{% endfor %}"
SYSTEM_LAST = (
    "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}"
    "{% for m in messages if m.role == 'system' %}{{ m.content }}{% endfor %}"
)
TWICE = "{% for m in messages %}{{ m.content }}{% endfor %}{{ messages[-1].content }}"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (ONLY_LAST, "drops or repeats turns of a conversation"),
        (TWICE, "drops or repeats turns of a conversation"),
        (BACKWARDS, "changes the order of the turns of a conversation"),
        (SYSTEM_LAST, "changes the order of the turns of a conversation"),
        (NEEDS_SYSTEM, "drops or repeats turns of a conversation"),
        (
            "{% if messages | length > 1 %}{{ raise_exception('one only') }}{% endif %}",
            r"refuses several turns \(one only\)",
        ),
    ],
)
def test_a_template_that_loses_turns_is_refused(template: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        render_chat(with_template(template), [ASKED], "tiny")
    assert "leave out --chat, or mend the template" in str(caught.value)


def test_a_system_turn_may_stand_by_the_last_question() -> None:
    late = (
        "{% for m in messages if m.role != 'system' %}"
        "{% if loop.last and messages[0].role == 'system' %}({{ messages[0].content }}){% endif %}"
        "<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    (text,) = render_chat(with_template(late), [ASKED], "tiny")
    assert text == "<user>What is 2?<assistant>Two.(Be brief.)<user>And 3?<assistant>"


@pytest.mark.parametrize("tag", ["think", "thinking", "seed:think"])
def test_thinking_that_a_template_opens_is_closed(tag: str) -> None:
    opens = f"<user>{{{{ messages[0].content }}}}<assistant><{tag}>\n{{# add_generation_prompt #}}"
    expected = f"<user>w7<assistant><{tag}>\n\n</{tag}>\n\n"
    assert render_chat(with_template(opens), ["w7"], "tiny") == [expected]
