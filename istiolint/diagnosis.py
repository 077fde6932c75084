"""From a symptom to what can cause it: findings of rules that lead there, the likeliest first, and what is sound."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from istiolint.finding import CONFIDENCES, SEVERITIES, Finding
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from istiolint.cards import Card

SYMPTOMS: dict[str, str] = {
    "not-injected": "pods have no sidecar",
    "503": "requests are answered with 503",
    "404": "requests are answered with 404",
    "mtls-handshake": "connections fail in the TLS handshake",
    "denied": "requests are denied",
    "latency": "requests are slow",
    "rejected": "the configuration is rejected",
    "no-effect": "the configuration has no effect",
}
"""The symptoms that cards name, and what a person sees."""

_WORDS: tuple[tuple[str, str], ...] = (
    ("not-injected", r"inject|(no|missing|without) (a )?(sidecar|proxy)|sidecar.*(missing|absent)|\b1/1\b"),
    ("latency", r"latenc|slow|time ?outs?\b|timed out|\b504s?\b|delay|hang|\but\b"),
    ("mtls-handshake", r"handshake|m?tls\b|ssl|certificate|x509"),
    (
        "503",
        r"\b50[0-3]s?\b|unavailable|no healthy upstream|upstream connect|connection (refused|reset)"
        r"|bad gateway|upstream reset|reset before|overflow|cluster not found|\b(uh|uf|uo|uc|ur|urx|nc)\b",
    ),
    ("denied", r"\b40[13]s?\b|denied|denies|forbidden|rbac|unauthori[sz]ed|jwt|\buaex\b"),
    ("404", r"\b404s?\b|not found|no route|route not found|\bnr\b"),
    ("rejected", r"reject|refus|invalid|validat|webhook|admission|(not|cannot|won't) (be )?appl(y|ied) at all"),
    ("no-effect", r"effect|ignor|nothing happens|does nothing|not (applied|working|used|honou?red)"),
)
"""What people and the proxies' logs (`UF`, `NR`) call a symptom; the first that fits counts."""


def symptom_of(words: str) -> str | None:
    """The symptom that a person means: `503s`, `sidecar not injected`, `TLS handshake`; None where it is none."""
    text = " ".join(words.lower().replace("_", " ").split())
    if text.replace(" ", "-") in SYMPTOMS:
        return text.replace(" ", "-")
    return next((symptom for symptom, pattern in _WORDS if re.search(pattern, text)), None)


class Cause(NamedTuple):
    """A finding that can cause the symptom."""

    finding: Finding
    near: bool
    """Whether it is about what was asked for, or nothing special was."""


class Diagnosis(NamedTuple):
    """The answer to a symptom."""

    symptom: str
    about: str
    """What it was asked for: `host reviews`, `workload shop/web`; empty: everything."""
    causes: tuple[Cause, ...]
    """The likeliest first."""
    refused: tuple[Finding, ...]
    """Why objects of the kinds in question are not taken: what they were meant to do does not happen."""
    sound: tuple[tuple[str, tuple[str, ...]], ...]
    """Rules that lead to this symptom, looked, and were silent, by family."""
    absent: tuple[str, ...]
    """Kinds that the remaining rules look at, and of which the files have none."""
    unseen: tuple[str, ...] = ()
    """Namespaces of workloads that ask for nothing themselves, where the files lack the manifest that decides."""


def diagnose(
    symptom: str,
    about: str,
    findings: Sequence[Finding],
    cards: Mapping[str, Card],
    *,
    looked: Collection[str],
    subjects: Collection[str],
    unseen: Collection[str] = (),
) -> Diagnosis:
    """Sort out the findings of a run.

    `looked` are the rules that ran and had objects to look at. `subjects` are the objects that have to do with what was
    asked for, as findings name them (`Service shop/reviews`).
    """
    leading = {name: card for name, card in cards.items() if symptom in card.symptoms}
    causes = [Cause(it, not about or _concerns(it, subjects)) for it in findings if it.rule in leading]
    kinds = {kind.rpartition("/")[2] for card in leading.values() for kind in card.kinds}
    refused = [it for it in findings if it.rule not in leading and _refuses(it, cards, kinds)]
    causes.sort(key=lambda cause: _likeliness(cause, leading[cause.finding.rule], symptom))
    silent = {name for name in leading if name in looked} - {cause.finding.rule for cause in causes}
    families: dict[str, list[str]] = {}
    for name in silent:
        families.setdefault(leading[name].family, []).append(name)
    idle = [card for name, card in leading.items() if name not in looked]
    return Diagnosis(
        symptom,
        about,
        tuple(causes),
        tuple(it for it in refused if not about or it.resource is None or _concerns(it, subjects)),
        tuple((family, tuple(sorted(names))) for family, names in sorted(families.items())),
        tuple(sorted({kind.rpartition("/")[2] for card in idle for kind in card.kinds})),
        tuple(sorted(unseen)),
    )


def refusing(cards: Mapping[str, Card]) -> frozenset[str]:
    """The rules by which an object, or a whole file, is not taken at all."""
    unread = ("syntax", "versions")
    return frozenset(
        name
        for name, card in cards.items()
        if card.admission == "reject" or (card.family in unread and card.severity == "error")
    )


def _refuses(finding: Finding, cards: Mapping[str, Card], kinds: Collection[str]) -> bool:
    """Whether an object of these kinds, or what cannot be read as any, is not taken because of a finding."""
    if finding.severity != "error" or not (finding.admission == "reject" or cards[finding.rule].admission is None):
        return False
    return finding.resource is None or finding.resource.kind in kinds


def _concerns(finding: Finding, subjects: Collection[str]) -> bool:
    if finding.resource is not None and str(finding.resource) in subjects:
        return True
    return any(related.subject in subjects for related in finding.related)


def _likeliness(cause: Cause, card: Card, symptom: str) -> tuple[object, ...]:
    finding = cause.finding
    return (
        not cause.near,
        -SEVERITIES.index(finding.severity),
        -CONFIDENCES.index(finding.confidence),
        card.symptoms.index(symptom),
        finding.place,
        finding.rule,
    )
