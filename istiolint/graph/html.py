"""One page that needs nothing else: the SVG, and what is behind it as data for a small script."""

from __future__ import annotations

import json
import os

from istiolint.graph.as_json import plain
from istiolint.graph.cards import deck
from istiolint.graph.drawing import Drawing
from istiolint.graph.svg import picture

_PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page.html")


def render(drawing: Drawing) -> str:
    """The whole page."""
    cards = deck(drawing)
    data = plain(drawing)
    data["cards"] = [{"id": it.id, "members": it.members} for it in cards.cards]
    with open(_PAGE, encoding="utf-8") as stream:
        page = stream.read()
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Inside of a script element nothing is escaped: `</script>` and `<!--` must not stand there.
    written = written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return page.replace("<!--PICTURE-->", picture(drawing, cards)).replace("/*DATA*/null", written, 1)
