"""The stages of a run, each alone in one process, as JSON: seconds of processor time, the best of several passes.

python benchmarks/stages.py FOLDER
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def best(passes: int, work: Callable[[], object]) -> float:
    """The shortest of several passes."""
    times = []
    for _ in range(passes):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def files_of(folder: str) -> list[str]:
    return sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)


def stages(folder: str, passes: int = 3) -> dict[str, float]:
    """Seconds for each stage over all files of `folder`."""
    import yaml

    from istiolint.cards import catalog
    from istiolint.config import Config
    from istiolint.dispatch import Plan
    from istiolint.engine import mesh_settings
    from istiolint.examine import Settings, examine
    from istiolint.groups import is_istio
    from istiolint.mesh import build
    from istiolint.schema import kinds, walk
    from istiolint.schema.store import release
    from istiolint.selection import Selection
    from istiolint.source.reader import read

    gc.disable()
    data = {file: Path(file).read_bytes() for file in files_of(folder)}
    texts = [content.decode() for content in data.values()]
    cards = catalog()
    selection = Selection(Config(), cards.values())
    settings = Settings(Plan(cards, selection.enabled, selection.params), cards, selection.enabled, release(""))
    documents = [d for file, content in data.items() for d in examine(file, content, settings).documents]
    own = [d for d in documents if is_istio(d.group) and kinds.known(d.group, d.kind)]
    mesh = mesh_settings(Config())
    return {
        "documents": len(documents),
        "safe_loader": best(passes, lambda: [list(yaml.load_all(text, yaml.CSafeLoader)) for text in texts]),
        "reading": best(passes, lambda: [read(text) for text in texts]),
        "schema": best(
            passes, lambda: [[*walk.check(d.value, d.group, d.version, d.kind, settings.istio_version)] for d in own]
        ),
        "examine": best(passes, lambda: [examine(file, content, settings) for file, content in data.items()]),
        "mesh": best(passes, lambda: build(documents, mesh)),
    }


if __name__ == "__main__":
    print(json.dumps(stages(sys.argv[1])))
