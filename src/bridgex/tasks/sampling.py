"""Which items are taken where not all are: drawn by chance, classes in the shares they have."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence


def drawn(ids: Sequence[str], classes: Sequence[str], count: int | None, seed: int) -> list[int]:
    """Draw items without replacement, stratified by class.

    A sample is part of every larger one with the same seed, so that going on from 100 to 200 items
    asks 100. Places are given out by Sainte-Laguë's method, which keeps classes within about an
    item of their shares; largest remainders would too, but can take a place from a class when
    there is one more to give.

    Args:
        ids: the items, each by an id of its own.
        classes: the class of each; all the same where there are none.
        count: how many to draw; all where that is None or more than there are.
        seed: of the draw.

    Returns:
        Their places in ``ids``, in ascending order.
    """
    shuffled = sorted(range(len(ids)), key=lambda at: _place(ids[at], seed))
    ranks, sizes = _ranks(shuffled, classes), Counter(classes)
    return sorted(sorted(shuffled, key=lambda at: (ranks[at] + 0.5) / sizes[classes[at]])[:count])


def in_turn(classes: Sequence[str], count: int) -> list[int]:
    """Choose the first item of each class, then the second of each, and so on.

    Few of them already show most classes. Without classes they are the first items.

    Returns:
        Their places in ``classes``, in the order of choice.
    """
    ranks = _ranks(range(len(classes)), classes)
    return sorted(range(len(classes)), key=lambda at: (ranks[at], at))[:count]


def _ranks(order: Iterable[int], classes: Sequence[str]) -> list[int]:
    """Return the place of each item within its class, taken in an order."""
    seen: Counter[str] = Counter()
    ranks = [0] * len(classes)
    for at in order:
        ranks[at] = seen[classes[at]]
        seen[classes[at]] += 1
    return ranks


def _place(item: str, seed: int) -> bytes:
    """Return an item's place in the draw.

    Its hash must be no other rule's: by the one that divides a dictionary (`bridgex.texts.split`)
    the first of the test words would be those whose folded form is another, names above all.
    """
    return hashlib.sha256(f"item drawn with seed {seed}: {item}".encode()).digest()
