"""SIGKILL at any moment: the same command run again gives what it would have given undisturbed."""

import random
from pathlib import Path

import pytest

from tests.hardening.commands import Forks, World, age, left_overs, result
from tests.hardening.tally import Tally

EACH = 35
NAMES = ("rank", "evaluate", "spectrum", "validate", "data get", "conversion")


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_command_goes_on_where_it_stopped(
    name: str, forks: Forks, world: World, tmp_path: Path, tally: Tally
) -> None:
    words, family = world.commands()[name], f"kills of {name}"
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    first = forks.run(words, undisturbed)
    assert first.ended.code == 0, first.errors
    expected, seconds = result(undisturbed), first.ended.seconds
    draw, killed = random.Random(name), 0  # noqa: S311
    for number in range(4 * EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        dead = forks.run(words, folder, kill_after=draw.uniform(0, seconds))
        if dead.ended.code >= 0:
            continue  # it was ready before
        killed += 1
        age(folder)
        again = forks.run(words, folder)
        tally.cases["kills"] += 1
        if again.ended.hung:
            tally.fail("hangs", family, number)
        elif again.stray or again.ended.code:
            tally.fail("stray exceptions", family, again.errors)
        elif result(folder) != expected:
            tally.fail("wrong numbers", family, f"case {number}")
        if left := left_overs(folder):
            tally.fail("stray exceptions", family, f"left over: {left}")
        if killed == EACH:
            break
    assert killed == EACH
    tally.require(family, 0)
