"""In which order a person is shown a review: keyed by its secret, and repeats well apart.

Pure: no table. An order tells nothing of where a card came from, for it is a keyed hash of ids
that do not tell it either.
"""

from collections.abc import Iterable, Mapping

from store.keys import keyed_hash

DIGITS = 12


def in_order(secret: str, person: str, names: Iterable[str]) -> list[str]:
    """The names in the order that the review's secret (hex) gives them for one person."""
    return sorted(names, key=lambda name: _place(secret, person, name))


def items_in_order(secret: str, person: str, items: Mapping[str, str]) -> list[str]:
    """All items in one person's order: a repeat comes after what it repeats, never next to it.

    Args:
        items: for each item the one that it repeats, or "".

    Returns:
        the items; without the repeat where there is nothing to stand between.
    """
    again = set(items.values())

    def place(item: str) -> float:
        share = int(_place(secret, person, item)[:DIGITS], 16) / 16**DIGITS
        # what comes back stands in the first half, its repeat in the second
        return share / 2 if item in again else (1 + share) / 2 if items[item] else share

    order = sorted(items, key=place)
    for at in range(1, len(order)):
        if items[order[at]] == order[at - 1]:
            if len(order) == 2:
                return order[:1]
            # with the item after it, else what it repeats with the item before that
            one, other = (at, at + 1) if at + 1 < len(order) else (at - 1, at - 2)
            order[one], order[other] = order[other], order[one]
    return order


def _place(secret: str, person: str, name: str) -> str:
    return keyed_hash(bytes.fromhex(secret), "order", person, name)
