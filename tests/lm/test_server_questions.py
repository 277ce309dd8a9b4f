"""Questions to a server and its answers, without a network."""

from typing import Any

import pytest

from bridgex.conversation import Conversation
from bridgex.errors import RequestError
from bridgex.lm.server_client import KEY_VARIABLE, UnusableError
from bridgex.lm.server_connection import base_url
from bridgex.lm.server_questions import (
    ALWAYS,
    OPTIONAL,
    Dialect,
    Served,
    Way,
    is_too_long,
    read_logprobs,
    read_served,
    read_tokens,
    read_written,
    tokenize_question,
)

IDS = (1, 70, 71, 72)


def test_everything_that_bears_on_sampling_is_sent() -> None:
    path, body = Dialect("m").question("text", 9, ("\n",))
    assert path == "completions"
    assert body == {"model": "m", "prompt": "text", "max_tokens": 9, "stop": ["\n"]} | {
        "temperature": 0,
        "top_p": 1,
        "n": 1,
        "stream": False,
        "seed": 0,
        "top_k": -1,
        "min_p": 0,
        "repetition_penalty": 1,
        "repeat_penalty": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
    }


def test_a_message_and_tokens() -> None:
    path, body = Dialect("m").question(Conversation("text"), 9)
    assert path == "chat/completions"
    assert body["messages"] == [{"role": "user", "content": "text"}]
    assert not {"prompt", "stop"} & set(body)
    assert Dialect("m").question(IDS, 1)[1]["prompt"] == list(IDS)
    asked = Conversation("text", "Be brief.", (("a", "b"),))
    _, body = Dialect("m", system_turn=False).question(asked, 9)
    assert body["messages"] == asked.messages(system_turn=False)


def test_what_a_refusal_names_is_left_out_else_all_that_may_be() -> None:
    first = Dialect("m").without("Unexpected fields in the request: {'top_k', 'min_p'}")
    assert first is not None
    assert first.refused == ("top_k", "min_p")
    assert set(first.parameters) == {*ALWAYS, *OPTIONAL} - {"top_k", "min_p"}
    rest = first.without("no")
    assert rest is not None
    assert set(rest.parameters) == set(ALWAYS)
    assert set(rest.refused) == set(OPTIONAL)
    assert rest.without("no") is None


def test_a_parameter_is_not_taken_for_another() -> None:
    only = Dialect("m").without("repetition_penalty is not known")
    assert only is not None
    assert only.refused == ("repetition_penalty",)


def answer(**choice: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 4, "completion_tokens": 2}
    return {"model": "m", "usage": usage, "choices": [{"finish_reason": "stop", **choice}]}


def test_what_was_written() -> None:
    written = read_written(answer(text=" so"))
    assert (written.text, written.tokens, written.read) == (" so", 2, 4)
    assert written.finished
    assert not read_written(answer(text="", finish_reason="length")).finished
    assert read_written(answer(message={"content": "so"})).text == "so"
    assert read_written(answer(message={"content": None})).text == ""
    uncounted = read_written({"choices": [{"text": "a"}]})
    assert (uncounted.tokens, uncounted.read, uncounted.model) == (0, None, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        "text",
        None,
        {"choices": []},
        {"choices": [{"text": "a"}, {"text": "b"}]},
        {"choices": [{"text": 3}]},
        {"choices": [{"message": None}]},
        {"choices": ["text"]},
    ],
)
def test_an_answer_of_another_form_is_none(wrong: Any) -> None:
    with pytest.raises((UnusableError, KeyError, TypeError, ValueError, AttributeError)):
        read_written(wrong)


def by_echo(values: Any) -> dict[str, Any]:
    return answer(text="", logprobs={"token_logprobs": values})


def by_prompt(values: Any) -> dict[str, Any]:
    return answer(text="", prompt_logprobs=values)


def test_log_probabilities_of_the_prompt() -> None:
    assert read_logprobs(by_echo([None, -1.0, -2.5, -3]), IDS, "echo") == (-1.0, -2.5, -3.0)
    assert read_logprobs(by_echo([None, -1.0, -2.5, -3, -9]), IDS, "echo") == (-1.0, -2.5, -3.0)
    given = [{str(each): {"logprob": -float(each)}, "5": {"logprob": 0}} for each in IDS[1:]]
    values = (-70.0, -71.0, -72.0)
    assert read_logprobs(by_prompt([None, *given]), IDS, "prompt_logprobs") == values
    above = {"prompt_logprobs": [None, *given]}
    assert read_logprobs(answer(text="") | above, IDS, "prompt_logprobs") == values


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (by_echo([-1.0]), "echo"),  # llama.cpp's issue 27174
        (by_echo([None, -1.0, -2.0]), "echo"),
        (by_echo([None, -1.0, -2.0, -3.0, -4.0, -5.0]), "echo"),
        (by_echo([None, -1.0, None, -3.0]), "echo"),
        (by_echo([None, -1.0, float("nan"), -3.0]), "echo"),
        (by_echo([None, -1.0, float("-inf"), -3.0]), "echo"),
        (by_echo([None, -1.0, 0.5, -3.0]), "echo"),
        (by_echo([None, -1.0, True, -3.0]), "echo"),
        (by_echo([None, -1.0, "-2", -3.0]), "echo"),
        (by_echo(None), "echo"),
        (answer(text="", logprobs=None), "echo"),
        (answer(text=""), "prompt_logprobs"),
        (by_prompt([None, None, None, None]), "prompt_logprobs"),
    ],
)
def test_other_log_probabilities_are_refused(given: Any, way: Way) -> None:
    with pytest.raises(UnusableError):
        read_logprobs(given, IDS, way)


def test_log_probabilities_of_another_token_are_refused() -> None:
    given = [None, *({"9": {"logprob": -1.0}} for _ in IDS[1:])]
    with pytest.raises(KeyError):
        read_logprobs(by_prompt(given), IDS, "prompt_logprobs")


def test_models_and_what_they_are_called() -> None:
    listed = {"id": "llama", "root": "/models/Meta-Llama-3-8B", "max_model_len": 8192}
    (vllm,) = read_served({"data": [listed | {"owned_by": "vllm"}]})
    assert vllm == Served("llama", "/models/Meta-Llama-3-8B", "vllm", 8192)
    (cpp,) = read_served({"data": [{"id": "a.gguf", "meta": {"n_ctx": 4096}}]})
    assert cpp.context == 4096
    assert vllm.is_called("meta-llama/meta-llama-3-8b@main")
    assert vllm.is_called("llama")
    assert cpp.is_called("/models/a.gguf")
    assert not vllm.is_called("meta-llama/Meta-Llama-3-8B-Instruct")
    assert not Served("m").is_called("")


def test_tokens_in_the_words_of_both() -> None:
    asked = tokenize_question("m", "text")
    assert (asked["prompt"], asked["content"]) == ("text", "text")
    assert read_tokens({"tokens": [1, 2]}) == (1, 2)
    with pytest.raises(UnusableError):
        read_tokens({"tokens": ["1"]})


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "the request exceeds the available context size, try increasing it",
        "Input is too long",
    ],
)
def test_a_refusal_of_a_long_prompt(said: str) -> None:
    assert is_too_long(said)
    assert not is_too_long("The model `x` does not exist.")


def test_addresses() -> None:
    assert base_url("http://localhost:8000") == "http://localhost:8000/v1"
    assert base_url(" https://host/openai/v1/ ") == "https://host/openai/v1"
    for wrong in ("", "localhost:8000", "ftp://host", "http://", "file:///etc/passwd"):
        with pytest.raises(RequestError, match="no address of a server"):
            base_url(wrong)


@pytest.mark.parametrize(
    "url", ["http://me:SECRET@host/v1", "http://SECRET@host", "http://host/v1?api_key=SECRET"]
)
def test_an_address_with_a_secret_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(RequestError, match=KEY_VARIABLE) as refused:
        base_url(url)
    assert "SECRET" not in str(refused.value)
