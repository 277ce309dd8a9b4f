"""SIGKILL at any moment: the same command run again gives what it would have given undisturbed."""

import random
from pathlib import Path

import pytest

from tests.hardening.commands import Forks, World, age, difference, left_overs, result
from tests.hardening.tally import Tally

KILLS = {
    "rank": 30,
    "evaluate": 30,
    "spectrum": 40,
    "validate": 20,
    "data get": 50,
    "conversion": 40,
}


@pytest.mark.parametrize("name", KILLS)
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
    for number in range(4 * KILLS[name]):
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
        elif differs := difference(expected, result(folder)):
            tally.fail("wrong numbers", family, f"case {number}: {differs}")
        if left := left_overs(folder):
            tally.fail("stray exceptions", family, f"left over: {left}")
        if killed == KILLS[name]:
            break
    assert killed == KILLS[name]
    tally.require(family, 0)
