"""The three answers of a look-up: the thing itself, `Absent`, or `UNKNOWN`.

    answer = mesh.host("reviews", mesh.namespace_of(node.document))
    if isinstance(answer, Absent):
        yield node.defect(host=..., near=answer.near, confidence=None if answer.certain else "low")

`Absent` and `UNKNOWN` are false, everything found is true.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypeVar, final

from istiolint.records import NamedTuple

T = TypeVar("T")

Reason = Literal["missing", "hidden", "elsewhere", "unqualified"]


class Absent(NamedTuple):
    """The files show that the thing does not exist (for whoever asked)."""

    certain: bool = True
    """Whether to speak with full voice: the world is complete, the files contradict themselves, or the name is a
    plain misspelling of one that exists. Else there is only circumstantial evidence: at most a warning."""
    near: str = ""
    """What was probably meant, written as it should be written there; may be empty."""
    reason: Reason = "missing"
    """`hidden`: it exists, but is not visible (`exportTo`) or not in effect for who asks. `elsewhere`: one of that
    name exists in another namespace (see `near`). `unqualified`: a dotted part of a full name, taken literally."""
    thing: Any = None
    """What exists instead: the hidden or elsewhere one, or the nearest; None where there is none."""

    def __bool__(self) -> Literal[False]:
        return False


@final
class Unknown:
    """It may exist outside of the files."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()

Answer: TypeAlias = T | Absent | Unknown
"""What a look-up gives."""
