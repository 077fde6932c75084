"""`--fix` and `--diff`: make the edits of findings, look again, and never leave a file worse than it was."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence

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
        chosen = _compatible(wanted)
        if not chosen:
            break
        done, edited = _made(chosen, files)
        refused.update(finding.fingerprint for finding in chosen if finding not in done)
        if not done:
            continue
        files.update({file: files[file]._replace(data=data) for file, data in edited.items()})
        fixed += len(done)
        outcome = run(tuple(files.values()), config, focus)
    return Repaired(tuple(files.values()), outcome, fixed)


def _wanted(finding: Finding, unsafe: bool) -> bool:
    return finding.fix is not None and (finding.fix.safe or unsafe)


def _edits(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix else ()


def _compatible(findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose edits do not touch each other."""
    chosen: list[Finding] = []
    taken: dict[str, list[tuple[int, int]]] = {}
    for finding in findings:
        edits = _edits(finding)
        if all(_is_free(edit, taken.get(edit.file, [])) for edit in edits):
            chosen.append(finding)
            for edit in edits:
                places = taken.setdefault(edit.file, [])
                places.insert(bisect(places, (edit.start, edit.end)), (edit.start, edit.end))
    return chosen


def _is_free(edit: Edit, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether an edit touches none of these places, which are in order and apart from each other."""
    at = bisect(taken, (edit.start, edit.end))
    return (at == 0 or taken[at - 1][1] < edit.start) and (at == len(taken) or edit.end < taken[at][0])


def _made(findings: Sequence[Finding], files: Mapping[str, Input]) -> tuple[list[Finding], dict[str, bytes]]:
    """The files with the edits of the findings, and those findings; without the ones that would break a file."""
    edited = _edited([edit for finding in findings for edit in _edits(finding)], files)
    if edited is not None:
        return list(findings), edited
    done: list[Finding] = []
    edits: list[Edit] = []
    edited = {}
    for finding in findings:
        more = _edited([*edits, *_edits(finding)], files)
        if more is not None:
            done.append(finding)
            edits += _edits(finding)
            edited = more
    return done, edited


def _edited(edits: Sequence[Edit], files: Mapping[str, Input]) -> dict[str, bytes] | None:
    """The files with their edits; None where one could be read before and cannot be after."""
    edited: dict[str, bytes] = {}
    for file in dict.fromkeys(edit.file for edit in edits):
        data = files[file].data
        before = decode(data)
        after = apply(before.text, [edit for edit in edits if edit.file == file])
        if before.problems or _errors(after) > _errors(before.text):
            return None
        edited[file] = (_MARK if data.startswith(_MARK) else b"") + after.encode()
    return edited


def _errors(text: str) -> int:
    return sum(len(document.problems) for document in read(text))


def diff(before: Iterable[Input], after: Iterable[Input]) -> str:
    """A unified diff of all files that differ, as `patch` and `git apply` take it."""
    from difflib import unified_diff

    new = {item.file: item.data for item in after}
    parts: list[str] = []
    for item in before:
        if new[item.file] != item.data:
            lines = unified_diff(_lines(item.data), _lines(new[item.file]), f"a/{item.file}", f"b/{item.file}")
            parts += (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
    return "".join(parts)


def _lines(data: bytes) -> list[str]:
    """The lines of a file as other tools count them, each with its line feed."""
    lines = [line + "\n" for line in data.decode("utf-8").split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def save(before: Iterable[Input], after: Iterable[Input]) -> dict[str, str]:
    """Write the files that changed, each at once or not at all; the reasons for those that could not be written."""
    new = {item.file: item.data for item in after}
    unwritten: dict[str, str] = {}
    for item in before:
        if new[item.file] != item.data:
            try:
                _write(os.path.realpath(item.file), new[item.file])
            except OSError as error:
                unwritten[item.file] = f"cannot be repaired: {error.strerror or error}"
    return unwritten


def _write(path: str, data: bytes) -> None:
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "it may not be written to")
    temporary = f"{path}.istiolint-{os.getpid()}"
    try:
        with open(temporary, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
