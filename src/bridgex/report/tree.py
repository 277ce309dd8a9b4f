"""A tree of languages as text."""

from bridgex.neurons import Tree

WIDTH = 40
"""Columns between root and leaves, unless the tree is deeper than that."""


def drawn(tree: Tree) -> list[str]:
    """Return a line of text per leaf, in the order `Tree.order`; further right is closer."""
    leaves = len(tree.languages)
    root = 2 * leaves - 2
    stems = _stems(tree)
    column = _columns(tree)
    end = max(WIDTH, *column.values()) + 1
    canvas = [[" "] * end for _ in range(leaves)]
    for cluster in range(root, leaves - 1, -1):
        merge = tree.merges[cluster - leaves]
        at = column[cluster]
        for child in (merge.left, merge.right):
            until = column.get(child, end)
            canvas[stems[child]][at + 1 : until] = "─" * (until - at - 1)
        top, bottom = stems[merge.left], stems[merge.right]
        for row in range(top, bottom + 1):
            canvas[row][at] = "│"
        canvas[top][at], canvas[bottom][at] = "┌", "└"
        if cluster != root:
            canvas[stems[cluster]][at] = "┬" if stems[cluster] == top else "┤"
    return ["".join(line) for line in canvas]


def _stems(tree: Tree) -> list[int]:
    """The line that each cluster's stem is on: half-way between its two parts."""
    lines = {code: at for at, code in enumerate(tree.order)}
    stems = [lines[code] for code in tree.languages]
    for merge in tree.merges:
        stems.append((stems[merge.left] + stems[merge.right]) // 2)
    return stems


def _columns(tree: Tree) -> dict[int, int]:
    """The column of each merge: by its distance, and right of the merge it becomes part of."""
    leaves = len(tree.languages)
    widest = tree.merges[-1].distance or 1.0
    column: dict[int, int] = {}
    for cluster in range(2 * leaves - 2, leaves - 1, -1):
        merge = tree.merges[cluster - leaves]
        scaled = round((1 - merge.distance / widest) * (WIDTH - 2))
        column[cluster] = max(scaled, column.get(cluster, 0))
        for child in (merge.left, merge.right):
            if child >= leaves:
                column[child] = column[cluster] + 1
    return column
