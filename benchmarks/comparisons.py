"""Comparing two trees of manifests that differ in one document, and loading one of them, as JSON: processor seconds.

python benchmarks/comparisons.py FOLDER

`FOLDER` is made by generate.py; a copy of it beside it gets the change. The comparison begins with reading both trees.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import time
from math import inf

CHANGES = {
    "weights of a route": ("weight: 90", "weight: 50"),
    "an outlier detection": ("interval: 30s", "interval: 20s"),
    "the port of a Service": ("targetPort: 8080", "targetPort: 8081"),
    "the labels of pods": ("        version: v1\n      annotations", "        version: v9\n      annotations"),
}
"""What is changed, and how."""


def comparisons(folder: str, passes: int = 3) -> dict[str, float]:
    """Seconds for loading `folder` (`loading`), and for each comparison with a folder that has one change."""
    from istiolint.compare.rows import rows_of
    from istiolint.compare.run import compare
    from istiolint.compare.sides import Side
    from istiolint.config import Config
    from istiolint.inputs import gather
    from istiolint.loading import Known, load_mesh

    gc.disable()
    config = Config()
    other = f"{folder}-changed"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(folder, other)
    files = sorted(os.path.join(root, name) for root, _, names in os.walk(other) for name in names)
    file = files[len(files) // 2]
    with open(file, encoding="utf-8") as stream:
        text = stream.read()
    took = {"loading": inf, **dict.fromkeys(CHANGES, inf)}
    for _ in range(passes):
        start = time.process_time()
        load_mesh(gather((folder,), config).inputs, config)
        took["loading"] = min(took["loading"], time.process_time() - start)
        for what, (old, new) in CHANGES.items():
            assert old in text, what
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text.replace(old, new, 1))
            start = time.process_time()
            known: Known = {}
            sides = [Side(it, load_mesh(gather((it,), config).inputs, config, known)) for it in (folder, other)]
            rows = rows_of(compare(*sides))
            took[what] = min(took[what], time.process_time() - start)
            assert rows, what
    shutil.rmtree(other)
    return took


if __name__ == "__main__":
    print(json.dumps(comparisons(sys.argv[1])))
