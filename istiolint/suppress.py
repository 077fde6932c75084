"""Silencing: by comments in the file, by annotations on the object, by the settings; and what is wrong with it.

Whatever is silenced is counted, with who silenced it and why. Comments that silence nothing, that name no rule, or that
cannot be understood are findings themselves (family `suppression`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from istiolint.finding import Defect, Edit, Finding, Fix, Place, Suppressed
from istiolint.records import NamedTuple
from istiolint.selection import CODE, NAME, Selection, Verdict
from istiolint.source.document import Document

if TYPE_CHECKING:
    from istiolint.source.remarks import Remark

ANNOTATION = "istiolint.io/ignore"
"""Rules, families or codes between commas; empty, `*` or `ALL` for every rule."""
REASON = "istiolint.io/ignore-reason"
ANALYZE_SUPPRESS = "galley.istio.io/analyze-suppress"
"""Istio's own: IST codes between commas, or `*`. Blanks around a code do not matter here, as they do to istioctl."""
OWN = "istiolint.io/"
IGNORE_VALIDATIONS = "kiali.io/ignore-validations"
"""Kiali's: KIA codes between commas; empty for all."""
OTHERS = (ANALYZE_SUPPRESS, IGNORE_VALIDATIONS)

UNUSED = "unused-suppression"
UNKNOWN = "unknown-rule-in-suppression"
UNREASONED = "suppression-without-reason"
MALFORMED = "malformed-suppression"


class Outcome(NamedTuple):
    """What is left to report, what was silenced, and what is wrong with the comments that silence."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    complaints: tuple[Finding, ...]


def apply(
    findings: Iterable[Finding],
    remarks: Mapping[str, Sequence[Remark]],
    annotations_of: Callable[[Finding], Mapping[str, str]],
    selection: Selection,
    *,
    whole: bool = True,
) -> Outcome:
    """Sort findings into kept and suppressed, with the severities that the settings give them.

    Wants all findings of a run, before any threshold, and the remarks of every file that is reported on, by its name.
    Where the run does not see the `whole` project, or sees one file only, nothing is said about unused comments for
    rules that look beyond one document: with the other files, they may well have a reason to speak.
    """
    kept: list[Finding] = []
    complaints: list[Finding] = []
    suppressed: list[Suppressed] = []
    silencing = selection.config.silencing
    comments = _Comments(remarks if silencing else {}, selection)
    for finding in findings:
        reason, by = comments.reason(finding), "comment"
        if reason is None and silencing:
            annotations = annotations_of(finding)
            if annotations:
                reason, by = _excuse(annotations, finding, selection), "annotation"
        excuse = None if reason is None else (by, reason)
        _sort(finding, selection.verdict(finding), excuse, kept, suppressed)
    whole = whole and (len(remarks) > 1 or selection.config.world == "complete")
    for finding in comments.complaints(whole):
        reason = comments.reason(finding, named=True)
        excuse = None if reason is None else ("comment", reason)
        _sort(finding, selection.verdict(finding), excuse, complaints, suppressed)
    return Outcome(tuple(kept), tuple(suppressed), tuple(complaints))


def _sort(
    finding: Finding,
    verdict: Verdict,
    excuse: tuple[str, str] | None,
    kept: list[Finding],
    suppressed: list[Suppressed],
) -> None:
    """Put a finding where it belongs; one whose rule is off in its place is dropped. An excuse is (by, reason)."""
    if not verdict.on:
        return
    if verdict.severity != finding.severity:
        finding = finding._replace(severity=verdict.severity)
    if excuse is not None:
        suppressed.append(Suppressed(finding, *excuse))
    elif verdict.silenced:
        suppressed.append(Suppressed(finding, "config", verdict.reason))
    else:
        kept.append(finding)


def is_addressed(document: Document) -> bool:
    """Whether an annotation of a document speaks to istiolint, or to others of whom it heeds that."""
    annotations = document.metadata.get("annotations")
    if not annotations or not isinstance(annotations, dict):
        return False
    return any(name in OTHERS or (isinstance(name, str) and name.startswith(OWN)) for name in annotations)


def annotation_defects(documents: Iterable[Document], selection: Selection) -> Iterator[Defect]:
    """What is wrong with istiolint's own annotation on objects: rules that do not exist, a reason that is missing."""
    for document in documents if selection.config.silencing else ():
        if document.context or not is_addressed(document):
            continue
        annotations = document.metadata["annotations"]
        for name in annotations:
            if isinstance(name, str) and name.startswith(OWN) and name not in (ANNOTATION, REASON):
                fields = {"what": "this annotation", "wanted": f"{ANNOTATION}: rule"}
                yield Defect(("metadata", "annotations", name), fields, MALFORMED, document, "key")
        if ANNOTATION not in annotations:
            continue
        rules = _words(annotations[ANNOTATION])
        path = ("metadata", "annotations", ANNOTATION)
        for rule in rules:
            if rule != "*" and selection.names.find(rule) is None:
                yield Defect(path, {"complaint": selection.names.complaint(rule)}, UNKNOWN, document)
        if UNREASONED in selection.enabled and not annotations.get(REASON):
            yield Defect(path, {"rules": ", ".join(rules) or "every rule"}, UNREASONED, document)


def _excuse(annotations: Mapping[str, str], finding: Finding, selection: Selection) -> str | None:
    """The reason that an annotation of the object gives for silencing the finding, or its name; None if none does."""
    own = annotations.get(ANNOTATION)
    if own is not None:
        rules = _words(own)
        if not rules or any(rule == "*" or finding.rule in selection.names.meant(rule) for rule in rules):
            return annotations.get(REASON, "")
    for name, prefix in ((ANALYZE_SUPPRESS, "IST"), (IGNORE_VALIDATIONS, "KIA")):
        written = annotations.get(name)
        if written is None:
            continue
        codes = {code for code in finding.upstream if code.startswith(prefix)}
        listed = set(_words(written))
        every = "*" in listed or (prefix == "KIA" and not listed)
        if codes & listed or (every and codes):
            return f"annotation {name}"
    return None


class _Comments:
    """The remarks of a run, and which parts of them have silenced something."""

    def __init__(self, remarks: Mapping[str, Sequence[Remark]], selection: Selection) -> None:
        self.selection = selection
        self.remarks = {file: [*map(self._understood, found)] for file, found in remarks.items() if found}
        self.used: set[tuple[str, int, str]] = set()
        """File, line of the remark, and the rule as it was written there; empty for every rule."""

    def _understood(self, remark: Remark) -> Remark:
        """The remark; one that names a rule without brackets is not taken for one that means every rule."""
        if remark.rules or remark.kind == "malformed" or not _unbracketed(remark, self.selection):
            return remark
        return remark._replace(kind="malformed", first=1, last=0)

    def reason(self, finding: Finding, named: bool = False) -> str | None:
        """The reason that a comment gives for silencing the finding, which may be empty; None where no comment does.

        All comments that silence it are noted as used. With `named`, only those count that name rules of this family.
        """
        reason = None
        file, line = finding.place.file, finding.place.line
        for remark in self.remarks.get(file, ()):
            if not remark.first <= line <= remark.last:
                continue
            for hit in self._hits(remark, finding.rule, named):
                self.used.add((file, remark.line, hit))
                reason = reason or remark.reason
        return reason

    def _hits(self, remark: Remark, rule: str, named: bool) -> list[str]:
        """The selectors of a remark, as written, that mean the rule; an empty one where it has none."""
        if not remark.rules:
            return [] if named else [""]
        meant = [(selector, self.selection.names.meant(selector)) for selector in remark.rules]
        return [selector for selector, rules in meant if rule in rules and not (named and self._beyond(rules))]

    def _beyond(self, rules: Iterable[str]) -> bool:
        """Whether there are rules among these that are not about silencing."""
        return any(self.selection.names.cards[rule].family != "suppression" for rule in rules)

    def complaints(self, whole: bool) -> list[Finding]:
        """What is wrong with the remarks, after all findings have been asked about."""
        return [
            finding
            for file, remarks in self.remarks.items()
            for remark in remarks
            for finding in self._complaints(file, remark, whole)
        ]

    def _complaints(self, file: str, remark: Remark, whole: bool) -> Iterator[Finding]:
        if remark.kind == "malformed":
            named = _unbracketed(remark, self.selection)
            wanted = f"ignore[{named}]" if named else "ignore[rule] or ignore-file[rule]"
            fields = {"what": "this comment", "wanted": f"istiolint: {wanted}" if named else wanted}
            yield self._complaint(MALFORMED, file, remark, fields)
            return
        unknown = [rule for rule in remark.rules if self.selection.names.find(rule) is None]
        for rule in unknown:
            fields = {"complaint": self.selection.names.complaint(rule)}
            yield self._complaint(UNKNOWN, file, remark, fields, _spelled(file, remark, rule, self.selection))
        unused = [
            rule
            for rule in remark.rules or ("",)
            if rule not in unknown and (file, remark.line, rule) not in self.used and self._would_know(rule, whole)
        ]
        if unused:
            fields = {"rules": ", ".join(unused) if remark.rules else "any rule"}
            yield self._complaint(UNUSED, file, remark, fields, _removal(file, remark, unused))
        if not remark.reason and len(unused) < len(remark.rules or ("",)):
            yield self._complaint(UNREASONED, file, remark, {"rules": ", ".join(remark.rules) or "every rule"})

    def _would_know(self, selector: str, whole: bool) -> bool:
        """Whether this run would have had a finding for the selector (empty: any rule) if there were one."""
        names = self.selection.names
        rank, rules = names.find(selector or "ALL") or (NAME, frozenset())
        if not self._beyond(rules):
            return False
        cards = [names.cards[rule] for rule in rules]
        wanted = [card for card in cards if rank == NAME or card.profile == "default"]
        if not wanted or not all(card.name in self.selection.everywhere for card in wanted):
            return False
        return whole or not any(card.reads or card.each == "mesh" for card in cards)

    def _complaint(
        self, rule: str, file: str, remark: Remark, fields: Mapping[str, str], fix: Fix | None = None
    ) -> Finding:
        from hashlib import blake2b

        card = self.selection.names.cards[rule]
        identity = "\0".join((rule, file, *remark.rules, *fields.values()))
        return Finding(
            rule=rule,
            severity=card.severity,
            confidence=card.confidence,
            message=card.message.format_map(fields),
            place=Place(file, remark.line, remark.column, remark.line, remark.end_column),
            path="",
            resource=None,
            admission=card.admission,
            upstream=card.upstream,
            related=(),
            fix=fix,
            fingerprint=blake2b(identity.encode("utf-8", "replace"), digest_size=8).hexdigest(),
            label=card.label.format_map(fields) if card.label else "",
        )


def _words(text: object) -> list[str]:
    """What stands between commas."""
    return [word for word in text.replace(",", " ").split() if word] if isinstance(text, str) else []


def _unbracketed(remark: Remark, selection: Selection) -> str:
    """The rule that stands where the reason would, such as in `ignore subset-not-found`; empty where none does."""
    word = remark.reason.replace(",", " ").partition(" ")[0]
    found = None if remark.rules else selection.names.find(word)
    return word if found and found[0] in (NAME, CODE) else ""


def _removal(file: str, remark: Remark, unused: Sequence[str]) -> Fix:
    """Take the unused rules out of a comment, or the comment away."""
    left = [rule for rule in remark.rules if rule not in unused]
    if left:
        edit = Edit(file, *remark.listed, ", ".join(left))
        return Fix(f"ignore only {', '.join(left)}", (edit,), safe=True)
    return Fix("remove the comment", (Edit(file, remark.start, remark.end, ""),), safe=True)


def _spelled(file: str, remark: Remark, rule: str, selection: Selection) -> Fix | None:
    """Write the rule whose name is near; None where none is."""
    from difflib import get_close_matches

    near = get_close_matches(rule, selection.names.known, 1, 0.7)
    if not near:
        return None
    rules = ", ".join(near[0] if other == rule else other for other in remark.rules)
    return Fix(f"write {near[0]}", (Edit(file, *remark.listed, rules),), safe=False)
