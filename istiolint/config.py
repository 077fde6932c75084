"""What the user chose. Only words here: reading and checking is in `config_load.py`, rule names in `selection.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from istiolint.finding import Confidence, Severity
from istiolint.records import NamedTuple

World = Literal["auto", "complete", "partial"]
"""Whether what is not in the files exists elsewhere: judged by evidence, never, or always possibly."""

Profile = Literal["default", "strict", "ambient", "upgrade"]

PROFILES: Mapping[str, frozenset[str]] = {
    "default": frozenset(("default",)),
    "strict": frozenset(("default", "strict")),
    "ambient": frozenset(("default", "ambient")),
    "upgrade": frozenset(("default", "upgrade")),
}
"""Which cards a profile turns on, by the `profile` that the card names."""

CAUSES = "diagnose"
"""The profile of cards about what is no mistake, but explains a symptom: `istiolint diagnose` turns them on, and who
names them."""


class Choice(NamedTuple):
    """Rules turned on and off by one source of settings (a file, the command line); selectors as they were written.

    `profile` and `select` say what is on from scratch (`select` wins where both are given), `extend_select` adds.
    """

    profile: Profile | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Override(NamedTuple):
    """Other settings for some files or objects: it holds where `paths` and `resources`, as far as given, both match."""

    paths: tuple[str, ...] = ()
    """Patterns as in `.gitignore`, seen from the project root."""
    resources: tuple[str, ...] = ()
    """`VirtualService shop/reviews`, `VirtualService reviews.shop`, with `*` for any text."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    reason: str = ""


class External(NamedTuple):
    """What exists outside of the files; `*` stands for any text. Gateways are `namespace/name` or `name`."""

    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


class Config(NamedTuple):
    """All settings of a run. Paths are absolute; a field is None where nobody spoke of it."""

    root: str = ""
    """The project root: patterns and relative paths of the configuration are seen from here."""
    file: str = ""
    """The configuration file as reports show it; empty without one."""
    choices: tuple[Choice, ...] = ()
    """In rising precedence."""
    severity: Mapping[str, Severity] = {}
    """By selector."""
    params: Mapping[str, Mapping[str, Any]] = {}
    """By rule name; what the card's defaults are overlaid with."""
    overrides: tuple[Override, ...] = ()
    """Where several hold, the later ones win."""
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    context: tuple[str, ...] = ()
    """Files and folders that are read for what they define; nothing is reported on them."""
    namespace: str | None = None
    """Of documents that name none."""
    istio_version: str | None = None
    world: World = "auto"
    external: External = External()
    cluster_domain: str = "cluster.local"
    trust_domain: str | None = None
    root_namespace: str | None = None
    mesh_config: str | None = None
    """A file with MeshConfig."""
    fail_on: Severity | Literal["never"] = "error"
    min_severity: Severity = "info"
    min_confidence: Confidence = "low"
    require_reason: bool = False
    """Whether silencing a rule needs a reason."""
    cache: bool = True
    silencing: bool = True
    """Whether comments and annotations silence; the command line alone says no."""


class ConfigProblem(NamedTuple):
    """One mistake in the settings; line 0 where it is not known, no file for the command line."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """`istiolint.toml:3: unknown key "selct" (did you mean "select"?)`."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message


class ConfigError(Exception):
    """The settings cannot be used; every mistake that was found is in `problems`."""

    def __init__(self, *problems: ConfigProblem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def did_you_mean(word: str, known: list[str]) -> str:
    """` (did you mean "select"?)`, or nothing where no known word is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1, 0.7)
    return f' (did you mean "{near[0]}"?)' if near else ""
