"""`--fix` and `--diff`: make the edits of findings, look again, and never leave a file worse than it was."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence

from istiolint.batch import Input
from istiolint.config import Config
from istiolint.engine import Outcome, run
from istiolint.finding import Edit, Finding
from istiolint.fix import apply
from istiolint.records import NamedTuple
from istiolint.source.reader import read
from istiolint.source.text import decode

MAX_ROUNDS = 10
"""A repair can make another one possible; this many rounds are enough for any that end."""

_MARK = b"\xef\xbb\xbf"


class Repaired(NamedTuple):
    """The files after repairs, what is found in them, and how many findings were repaired."""

    inputs: tuple[Input, ...]
    outcome: Outcome
    fixed: int


def repaired(
    inputs: Sequence[Input], outcome: Outcome, config: Config, *, unsafe: bool, focus: Collection[str] | None = None
) -> Repaired:
    """Apply all fixes (unsafe ones only where asked for) until there are none left."""
    files = {item.file: item for item in inputs}
    fixed = 0
    refused: set[str] = set()
    for _ in range(MAX_ROUNDS):
        wanted = [f for f in outcome.report.findings if _wanted(f, unsafe) and f.fingerprint not in refused]
        done, edits = _compatible(wanted)
        if not done:
            break
        for file, changes in edits.items():
            item = files[file]
            text = _edited(item.data, changes)
            if text is None:
                refused.update(f.fingerprint for f in done if f.fix and any(edit.file == file for edit in f.fix.edits))
            else:
                files[file] = item._replace(data=text)
                fixed += sum(f.place.file == file for f in done)
        outcome = run(tuple(files.values()), config, focus)
    return Repaired(tuple(files.values()), outcome, fixed)


def _wanted(finding: Finding, unsafe: bool) -> bool:
    return finding.fix is not None and (finding.fix.safe or unsafe)


def _compatible(findings: Iterable[Finding]) -> tuple[list[Finding], dict[str, list[Edit]]]:
    """Findings whose edits do not touch each other, and the edits by file."""
    done: list[Finding] = []
    edits: dict[str, list[Edit]] = {}
    for finding in findings:
        changes = finding.fix.edits if finding.fix else ()
        if all(_apart(change, other) for change in changes for other in edits.get(change.file, ())):
            done.append(finding)
            for change in changes:
                edits.setdefault(change.file, []).append(change)
    return done, edits


def _apart(one: Edit, other: Edit) -> bool:
    return one.end < other.start or other.end < one.start


def _edited(data: bytes, edits: Iterable[Edit]) -> bytes | None:
    """The file with its edits; None where it could be read before and cannot be after."""
    before = decode(data)
    if before.problems:
        return None
    after = apply(before.text, edits)
    if _errors(after) > _errors(before.text):
        return None
    return (_MARK if data.startswith(_MARK) else b"") + after.encode()


def _errors(text: str) -> int:
    return sum(len(document.problems) for document in read(text))


def diff(before: Iterable[Input], after: Iterable[Input]) -> str:
    """A unified diff of all files that differ."""
    from difflib import unified_diff

    new = {item.file: item.data for item in after}
    parts: list[str] = []
    for item in before:
        if new[item.file] != item.data:
            old_lines, new_lines = (decode(data).text.splitlines(True) for data in (item.data, new[item.file]))
            lines = unified_diff(old_lines, new_lines, f"a/{item.file}", f"b/{item.file}")
            parts += (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
    return "".join(parts)


def save(before: Iterable[Input], after: Iterable[Input]) -> None:
    """Write the files that changed, each at once or not at all."""
    new = {item.file: item.data for item in after}
    for item in before:
        if new[item.file] != item.data and os.path.isfile(item.file):
            temporary = f"{item.file}.istiolint-{os.getpid()}"
            with open(temporary, "xb") as stream:
                stream.write(new[item.file])
            os.chmod(temporary, os.stat(item.file).st_mode & 0o7777)
            os.replace(temporary, os.path.realpath(item.file))
