"""Batches on a GPU are as large as its free memory allows, and on a CPU as they were."""

import pytest
import torch

from bridgex.lm import batches as batching
from bridgex.lm import generate as generation
from bridgex.lm.budget import padded_tokens, ramp
from tests.lm.tiny import language_model


@pytest.mark.parametrize(
    ("free", "expected"),
    [(10, 1024), (4_000_000, 1024), (4_096_000, 2048), (40_960_000, 16_384), (10**12, 65_536)],
)
def test_batches_double_while_a_pass_fits_into_half_of_what_is_free(
    free: int, expected: int
) -> None:
    tried: list[int] = []

    def needed(tokens: int) -> int:
        tried.append(tokens)
        return 1000 * tokens

    assert ramp(needed, free) == expected
    assert tried == [2**power for power in range(10, 10 + len(tried))]
    assert expected in {1024, 2 * max(tried), max(tried)}


def test_a_pass_that_does_not_fit_ends_the_ramp() -> None:
    def needed(tokens: int) -> int:
        if tokens > 4000:
            raise torch.OutOfMemoryError
        return 1

    assert ramp(needed, 10**12) == 2048

    def broken(tokens: int) -> int:
        raise RuntimeError("shapes")

    with pytest.raises(RuntimeError, match="shapes"):
        ramp(broken, 10**12)


def test_a_cpu_keeps_its_batches_and_their_name() -> None:
    assert padded_tokens(language_model("llama"), 1024) == 1024
    assert batching.scheme("cpu") == batching.SCHEME
    assert batching.scheme("cuda") != batching.SCHEME
    assert generation.scheme("cpu") == generation.SCHEME
    assert generation.scheme("cuda") != generation.SCHEME
