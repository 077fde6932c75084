"""Where cards stand: a box for each namespace, in it columns from the gateways on, the boxes in rows."""

from __future__ import annotations

from math import sqrt

from istiolint.graph.cards import MOST_ROWS, Card, Deck
from istiolint.records import NamedTuple

WIDTH = 190
HEAD = 34
ROW = 17
GAP_X = 70
GAP_Y = 16
MARGIN = 18
TITLE = 50
SPACE = 46
"""Between boxes."""
SHAPE = 1.3
"""Width by height of what a screen leaves for the drawing."""
SMALL = 14
"""Up to so many cards, a box has a column for every step from the gateways."""


class Placed(NamedTuple):
    """A card and its corner, seen from its box."""

    card: Card
    x: int
    y: int
    height: int


class Box(NamedTuple):
    """A namespace, with its corner and size."""

    namespace: str
    x: int
    y: int
    width: int
    height: int
    cards: tuple[Placed, ...]


def height_of(card: Card) -> int:
    """The height of a card: a head and a row for each subset."""
    shown = min(len(card.rows), MOST_ROWS) + (len(card.rows) > MOST_ROWS)
    return HEAD + ROW * shown + (6 if shown else 0)


def boxes(deck: Deck) -> tuple[Box, ...]:
    """All boxes, in their places."""
    spaces: dict[str, list[Card]] = {}
    for card in deck.cards:
        spaces.setdefault(card.namespace, []).append(card)
    made = [_box(namespace, cards) for namespace, cards in spaces.items()]
    first = {box.namespace: min(it.card.depth for it in box.cards) for box in made}
    made.sort(key=lambda it: (it.namespace == "", first[it.namespace] > 0, -it.height, it.namespace))
    return tuple(packed(made))


def packed(made: list[Box]) -> list[Box]:
    """Boxes in rows, of the width with which they fill a screen best."""
    widths = [box.width + SPACE for box in made]
    limits = {sum(widths[:end]) for end in range(1, len(made) + 1)}
    tried = [_rows(made, limit) for limit in sorted(limits)]
    return min(tried, key=_size, default=[])


def _rows(made: list[Box], limit: int) -> list[Box]:
    found: list[Box] = []
    x = y = tall = 0
    for box in made:
        if x and x + box.width > limit:
            x, y, tall = 0, y + tall + SPACE, 0
        found.append(box._replace(x=x, y=y))
        x += box.width + SPACE
        tall = max(tall, box.height)
    return found


def _size(made: list[Box]) -> float:
    """How far one must step back to see all of it."""
    return max(max(box.x + box.width for box in made) / SHAPE, *(box.y + box.height for box in made))


def _box(namespace: str, cards: list[Card]) -> Box:
    deep = len({card.depth for card in cards}) > 1
    columns = _by_depth(cards) if len(cards) <= SMALL and (deep or len(cards) <= 4) else _evenly(cards)
    placed: list[Placed] = []
    bottom = 0
    for at, column in enumerate(columns):
        y = TITLE
        for card in column:
            placed.append(Placed(card, MARGIN + at * (WIDTH + GAP_X), y, height_of(card)))
            y += height_of(card) + GAP_Y
        bottom = max(bottom, y)
    width = 2 * MARGIN + len(columns) * WIDTH + (len(columns) - 1) * GAP_X
    return Box(namespace, 0, 0, width, bottom - GAP_Y + MARGIN, tuple(placed))


def _by_depth(cards: list[Card]) -> list[list[Card]]:
    depths = sorted({card.depth for card in cards})
    return [[card for card in cards if card.depth == depth] for depth in depths]


def _evenly(cards: list[Card]) -> list[list[Card]]:
    """Columns of about the same height, so many that the box is about as wide as high."""
    total = sum(height_of(card) + GAP_Y for card in cards)
    count = max(2, round(sqrt(total / (WIDTH + GAP_X) * 1.2)))
    target = total / count
    columns: list[list[Card]] = [[]]
    tall = 0.0
    for card in cards:
        if tall >= target and len(columns) < count:
            columns.append([])
            tall = 0.0
        columns[-1].append(card)
        tall += height_of(card) + GAP_Y
    return columns
