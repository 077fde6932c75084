"""SVG: the cards in their boxes, and lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from istiolint.graph.cards import MOST_ROWS, Card, Deck, Link, Row, deck
from istiolint.graph.drawing import Drawing
from istiolint.graph.layout import HEAD, ROW, WIDTH, Box, boxes
from istiolint.graph.style import DASHED, EDGE_COLOURS, FILLS, SEVERITY_COLOURS
from istiolint.records import NamedTuple

PAD: Final = 24
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

STYLE = """\
text { font-family: "Helvetica Neue", Arial, sans-serif; font-size: 12px; fill: #1c2529 }
.space > rect { fill: #f7f9fa; stroke: #cfd8dc }
.space .name { font-size: 18px; font-weight: 600; fill: #455a64 }
.space .said { font-size: 11px; fill: #607d8b }
.card > rect { stroke-width: 1.2 }
.card .title { font-weight: 600 }
.card .badge { font-size: 9.5px; fill: #546e7a; text-anchor: end }
.card .share { fill: #37474f; text-anchor: end; font-size: 11px }
.card .row { font-size: 11px }
.card .wrong { fill: #c62828 }
.card .count { fill: #fff; font-size: 10px; font-weight: 600; text-anchor: middle }
.link path { fill: none; stroke-width: 1.6; opacity: .75 }
.link text { font-size: 10px; fill: #37474f; paint-order: stroke; stroke: #fff; stroke-width: 3px }
"""


class Spot(NamedTuple):
    """Where a card is, seen from the whole drawing."""

    x: int
    y: int
    height: int


def render(drawing: Drawing) -> str:
    """A whole SVG document."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + picture(drawing, deck(drawing))


def picture(drawing: Drawing, cards: Deck) -> str:
    """The `svg` element."""
    placed = boxes(cards)
    width = max([box.x + box.width for box in placed], default=200) + 2 * PAD
    height = max([box.y + box.height for box in placed], default=60) + 2 * PAD
    spots = {it.card.id: Spot(box.x + it.x, box.y + it.y, it.height) for box in placed for it in box.cards}
    said = dict(drawing.spaces)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-PAD} {-PAD} {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="The mesh">',
        f"<style>\n{STYLE}</style>",
        "<defs>",
        *(_arrow(kind, colour) for kind, colour in EDGE_COLOURS.items()),
        "</defs>",
        '<g id="spaces">',
        *(_space(box, said.get(box.namespace, "")) for box in placed),
        '</g>\n<g id="links">',
        *(_link(link, spots) for link in cards.links),
        '</g>\n<g id="cards">',
        *(line for box in placed for it in box.cards for line in _card(it.card, it.height, box, it.x, it.y)),
        "</g>\n</svg>",
    ]
    return "\n".join(lines) + "\n"


def curve(source: Spot, target: Spot) -> tuple[str, float, float]:
    """The path from one card to another, and where its label ends, just before the other card."""
    y1, y2 = source.y + source.height / 2, target.y + target.height / 2
    if target.x > source.x + WIDTH / 2:
        x1, x2, out, into = source.x + WIDTH, target.x, 1, -1
    elif target.x < source.x - WIDTH / 2:
        x1, x2, out, into = source.x, target.x + WIDTH, -1, 1
    else:
        x1, x2, out, into = source.x + WIDTH, target.x + WIDTH, 1, 1
    bend = max(abs(x2 - x1) / 2, 40)
    path = f"M{x1:g} {y1:g}C{x1 + out * bend:g} {y1:g} {x2 + into * bend:g} {y2:g} {x2:g} {y2:g}"
    return path, x2 + into * 9, y2


def _arrow(kind: str, colour: str) -> str:
    return (
        f'<marker id="to-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
    )


def _space(box: Box, said: str) -> str:
    room = box.width - 28
    name = box.namespace or "no namespace"
    return (
        f'<g class="space" data-space="{_safe(box.namespace)}" data-width="{box.width}" data-height="{box.height}"'
        f' transform="translate({box.x} {box.y})"><rect width="{box.width}" height="{box.height}" rx="10"/>'
        f'<text class="name" x="14" y="25">{_safe(_cut(name, room, 10.5))}</text>'
        f'<text class="said" x="14" y="41">{_safe(_cut(said, room, 6))}</text></g>'
    )


def _card(card: Card, height: int, box: Box, x: int, y: int) -> Iterator[str]:
    colour = SEVERITY_COLOURS[card.severity]
    thick = ' style="stroke-width:2.2"' if card.severity else ""
    dash = ' stroke-dasharray="4 3"' if card.kind == "host" else ""
    yield (
        f'<g class="card {card.kind}" tabindex="0" role="button" data-id="{_safe(card.id)}"'
        f' data-space="{_safe(box.namespace)}" data-x="{x}" data-y="{y}" data-height="{height}"'
        f' transform="translate({box.x + x} {box.y + y})"><title>{_safe(card.id)}</title>'
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="{FILLS[card.kind]}" stroke="{colour}"{thick}{dash}/>'
    )
    room = WIDTH - 24 - 6 * len(card.badge)
    yield f'<text class="title" x="10" y="21">{_safe(_cut(card.title, room, 7.2))}</text>'
    if card.badge:
        yield f'<text class="badge" x="{WIDTH - 10}" y="21">{_safe(card.badge)}</text>'
    for at, row in enumerate(card.rows[:MOST_ROWS]):
        yield _row(row, HEAD + ROW * at + 10)
    if len(card.rows) > MOST_ROWS:
        yield f'<text class="row" x="10" y="{HEAD + ROW * MOST_ROWS + 10}">and {len(card.rows) - MOST_ROWS} more</text>'
    if card.findings:
        yield f'<circle cx="{WIDTH - 2}" cy="2" r="9" fill="{colour}"/>'
        yield f'<text class="count" x="{WIDTH - 2}" y="5.5">{min(card.findings, 99)}</text>'
    yield "</g>"


def _row(row: Row, y: int) -> str:
    wrong = " wrong" if row.wrong else ""
    title = _cut(row.title, 70 if row.label else WIDTH - 20, 6.5)
    label = f'<text class="share{wrong}" x="{WIDTH - 10}" y="{y}">{_safe(_cut(row.label, 100, 5.8))}</text>'
    return f'<text class="row{wrong}" x="10" y="{y}">{_safe(title)}</text>{label if row.label else ""}'


def _link(link: Link, spots: dict[str, Spot]) -> str:
    path, x, y = curve(spots[link.source], spots[link.target])
    dash = ' stroke-dasharray="5 4"' if link.kind in DASHED else ""
    anchor = "end" if x < spots[link.target].x else "start"
    label = f'<text x="{x:g}" y="{y - 4:g}" text-anchor="{anchor}">{_safe(link.label)}</text>' if link.label else ""
    return (
        f'<g class="link {link.kind}" data-source="{_safe(link.source)}" data-target="{_safe(link.target)}">'
        f'<path d="{path}" stroke="{EDGE_COLOURS[link.kind]}"{dash} marker-end="url(#to-{link.kind})"/>{label}</g>'
    )


def _cut(text: str, room: float, each: float) -> str:
    """As much of a text as there is room for, at so many pixels a character."""
    most = max(int(room / each), 3)
    return text if len(text) <= most else text[: most - 1] + "…"


def _safe(text: str) -> str:
    kept = "".join(it if it.isprintable() else " " for it in text)
    return kept.translate(_ESCAPES)
