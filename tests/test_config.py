"""Settings: where they are found, how they are read, what is a mistake, and which rules they turn on."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from istiolint.cards import Card
from istiolint.config import Choice, Config, ConfigError, External, Override
from istiolint.config_keys import KEYS, OVERRIDE
from istiolint.config_load import load
from istiolint.finding import Finding, Place, ResourceId
from istiolint.selection import Selection, enabled

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "config.schema.json").read_text())


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "k8s" / "shop").mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.delenv("ISTIOLINT_CONFIG", raising=False)
    return project


def problems(*paths: str, **options: Any) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load(paths, **options)
    return [str(problem) for problem in error.value.problems]


# Where


def test_without_a_file_the_root_is_the_repository(here: Path) -> None:
    assert load(["k8s/shop"]) == Config(root=str(here))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("istiolint.toml", 'world = "complete"\n'),
        (".istiolint.yaml", "world: complete\n"),
        (".istiolint.yml", "---\nworld: complete\n"),
        ("pyproject.toml", '[project]\nname = "x"\n[tool.istiolint]\nworld = "complete"\n'),
    ],
)
def test_the_nearest_file_upwards_counts(here: Path, name: str, text: str) -> None:
    (here / name).write_text(text)
    config = load(["k8s/shop"])
    assert (config.world, config.root, config.file) == ("complete", str(here), name)
    (here / "k8s" / "istiolint.toml").write_text('world = "partial"\n')
    config = load(["k8s/shop/a.yaml"])
    assert (config.world, config.root, config.file) == ("partial", str(here / "k8s"), "k8s/istiolint.toml")


def test_what_is_above_the_repository_does_not_count(here: Path, tmp_path: Path) -> None:
    (tmp_path / "istiolint.toml").write_text('world = "complete"\n')
    assert load(["k8s"]).world == "auto"


def test_a_pyproject_without_a_table_is_no_configuration(here: Path) -> None:
    (here / "k8s" / "pyproject.toml").write_text('[project]\nname = "x"\n# tool.istiolint\n')
    (here / "istiolint.toml").write_text("cache = false\n")
    assert load(["k8s"]).file == "istiolint.toml"


def test_files_elsewhere_are_judged_by_the_settings_of_the_current_folder(here: Path, tmp_path: Path) -> None:
    (here / ".istiolint.yaml").write_text("world: complete")
    (tmp_path / "rendered").mkdir()
    assert load([str(tmp_path / "rendered")]).world == "complete"
    assert load(["-"]).world == "complete"


def test_two_files_in_one_folder_are_a_mistake(here: Path) -> None:
    (here / "istiolint.toml").write_text("")
    (here / ".istiolint.yaml").write_text("")
    assert problems() == ["istiolint.toml: two configurations: istiolint.toml and .istiolint.yaml"]


def test_precedence_is_command_line_environment_file_default(here: Path) -> None:
    (here / "istiolint.toml").write_text('world = "complete"\nnamespace = "a"\nfail-on = "warning"\n')
    (here / "ci.yaml").write_text("world: partial\nmin-severity: error\n")
    environ = {"ISTIOLINT_CONFIG": "ci.yaml"}
    assert load(environ=environ)[:2] == (str(here), "ci.yaml")
    assert (load(environ=environ).world, load(environ=environ).namespace) == ("partial", None)
    assert load(environ=environ, file="istiolint.toml").namespace == "a"
    assert load(environ=environ, options={"world": "auto", "namespace": None}).world == "auto"
    assert load(environ=environ, no_config=True) == Config(root=str(here))
    assert load(options={"fail-on": "never", "select": ()}).fail_on == "never"


def test_a_named_file_that_is_missing_is_a_mistake() -> None:
    assert problems(file="nope.toml") == ["nope.toml: cannot be read: no such file or directory"]


# What

FULL: dict[str, Any] = {
    "profile": "strict",
    "select": ["routing", "IST0101"],
    "extend-select": "ALL",
    "ignore": ["subset-not-found"],
    "severity": {"routing": "warning"},
    "params": {"timeout": {"longest": 30, "kinds": ["a"]}},
    "overrides": [{"paths": ["legacy/"], "ignore": "ALL", "reason": "goes away"}],
    "exclude": ["vendor/"],
    "respect-gitignore": False,
    "context": ["dump/services.yaml"],
    "namespace": "shop",
    "istio-version": "1.30",
    "world": "complete",
    "external": {"hosts": ["*.example.com"], "gateways": ["istio-system/*"], "namespaces": ["ops"]},
    "cluster-domain": "k8s.test",
    "trust-domain": "td.test",
    "root-namespace": "mesh",
    "mesh-config": "mesh.yaml",
    "fail-on": "never",
    "min-severity": "warning",
    "min-confidence": "medium",
    "require-reason": True,
    "cache": False,
}


def test_every_setting_arrives(here: Path) -> None:
    (here / ".istiolint.yaml").write_text(json.dumps(FULL))
    assert load() == Config(
        root=str(here),
        file=".istiolint.yaml",
        choices=(Choice("strict", ("routing", "IST0101"), ("ALL",), ("subset-not-found",)),),
        severity={"routing": "warning"},
        params={"timeout": {"longest": 30, "kinds": ["a"]}},
        overrides=(Override(("legacy/",), ignore=("ALL",), reason="goes away"),),
        exclude=("vendor/",),
        respect_gitignore=False,
        context=(str(here / "dump" / "services.yaml"),),
        namespace="shop",
        istio_version="1.30",
        world="complete",
        external=External(("*.example.com",), ("istio-system/*",), ("ops",)),
        cluster_domain="k8s.test",
        trust_domain="td.test",
        root_namespace="mesh",
        mesh_config=str(here / "mesh.yaml"),
        fail_on="never",
        min_severity="warning",
        min_confidence="medium",
        require_reason=True,
        cache=False,
    )


def test_the_schema_knows_the_same_keys() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(KEYS)
    assert set(SCHEMA["$defs"]["override"]["properties"]) == set(OVERRIDE) == set(Override._fields)
    assert set(SCHEMA["properties"]["external"]["properties"]) == set(External._fields)
    assert set(KEYS) - {"profile", "select", "extend-select", "ignore", "extends"} == {
        field.replace("_", "-") for field in Config._fields if field not in ("root", "file", "choices", "silencing")
    }
    assert set(FULL) == set(KEYS) - {"extends"}
    for key, facts in SCHEMA["properties"].items():
        if "default" in facts:
            assert getattr(Config(), key.replace("-", "_")) == facts["default"], key


VALUES: tuple[Any, ...] = (
    None, True, 0, 1.5, "", "error", "high", "auto", "strict", "never", "1.2", "v1.2.3", "x", [], ["x"], [""], [1], {},
    {"hosts": ["a"]}, {"hosts": "a"}, {"hosts": 1}, {"host": []}, {"rule": "info"}, {"rule": "off"}, {"rule": {}},
    {"rule": {"a": 1}}, [{}], [{"paths": "a"}], [{"paths": "a", "ignore": "b"}], [{"resources": ["a"], "severity": {}}],
    [{"resources": ["Gateway a"], "severity": {}}], [{"resources": "gateway a/b", "severity": {}}],
    [{"resources": "*", "severity": {}}], [{"resources": "* shop/*", "severity": {}}],
    [{"paths": [], "select": ["b"]}], [{"paths": "a", "ignore": "b", "why": "c"}], [{"ignore": "b", "severity": {}}],
    [{"paths": "a", "ignore": "b", "reason": ""}], [{"paths": "a", "severity": {"a": "b"}}], ["x", 1],
)  # fmt: skip


@pytest.mark.parametrize("key", [*sorted(set(KEYS) - {"extends"}), "unknown"])
def test_the_schema_agrees_with_the_loader(here: Path, key: str) -> None:
    judge = jsonschema.Draft202012Validator(SCHEMA)
    disagreed = []
    for value in VALUES:
        text = json.dumps({key: value})
        (here / ".istiolint.yaml").write_text(text)
        try:
            load()
        except ConfigError:
            taken = False
        else:
            taken = True
        if taken != judge.is_valid({key: value}):
            disagreed.append((text, taken))
    assert disagreed == []


def test_mistakes_are_told_all_at_once_with_line_and_near_miss(here: Path) -> None:
    (here / ".istiolint.yaml").write_text(
        "# settings\nselct: [ALL]\nworld: complet\nexternal:\n  hosts: [a]\n  gateway: [b]\nistio-version: 1.30\n"
        "overrides:\n- paths: [a]\n  ignore: [x]\n- paths: [b]\n  severity:\n    x: fatal\nmin-severity: high\n"
        "exclude: [a, 7]\ncache: 'no'\n"
    )
    assert problems() == [
        '.istiolint.yaml:2: unknown key "selct" (did you mean "select"?)',
        '.istiolint.yaml:3: world: must be one of auto, complete, partial, not "complet" (did you mean "complete"?)',
        '.istiolint.yaml:6: external gateway: unknown key "gateway" (did you mean "gateways"?)',
        '.istiolint.yaml:7: istio-version: must stand in quotes: as a number, "1.30" would be 1.3',
        '.istiolint.yaml:13: overrides severity x: must be one of error, warning, info, not "fatal"',
        '.istiolint.yaml:14: min-severity: must be one of error, warning, info, not "high"',
        ".istiolint.yaml:15: exclude: must be a list of texts, but has 7",
        '.istiolint.yaml:16: cache: must be true or false, not "no"',
    ]


def test_mistakes_in_toml_have_a_line(here: Path) -> None:
    (here / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.istiolint]\nworlds = "x"\n[[tool.istiolint.overrides]]\npaths = ["a"]\n'
        'ignore = ["b"]\n'
        '[[tool.istiolint.overrides]]\nseverity.x = "error"\n'
    )
    assert problems() == [
        'pyproject.toml:4: unknown key "worlds" (did you mean "world"?)',
        "pyproject.toml:8: overrides: needs paths or resources to say where it holds",
    ]
    (here / "pyproject.toml").write_text('[tool.istiolint]\nworld = "complete\n')
    assert problems()[0].startswith("pyproject.toml:2: is not TOML: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", ".istiolint.yaml:1: is not valid YAML: "),
        ("world: auto\nworld: complete\n", ".istiolint.yaml:2: is not valid YAML: "),
        ("- a\n", ".istiolint.yaml:1: must be a mapping of settings"),
        ("cache: true\n---\ncache: false\n", ".istiolint.yaml:2: has more than one document"),
    ],
)
def test_files_that_cannot_be_understood(here: Path, text: str, told: str) -> None:
    (here / ".istiolint.yaml").write_text(text)
    assert problems()[0].startswith(told)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_an_empty_file_changes_nothing(here: Path, text: str) -> None:
    (here / ".istiolint.yaml").write_text(text)
    assert load() == Config(root=str(here), file=".istiolint.yaml")


def test_mistakes_on_the_command_line_name_the_option() -> None:
    assert problems(options={"world": "whole"}) == ['--world: must be one of auto, complete, partial, not "whole"']


def test_the_command_line_adds_to_lists_and_its_paths_are_seen_from_the_current_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "istiolint.toml").write_text(
        'exclude = ["a"]\ncontext = ["c"]\nmesh-config = "m.yaml"\n[external]\nhosts = ["x"]\n'
        "[params.r]\na = 1\nb = 2\n"
    )
    monkeypatch.chdir(here / "k8s")
    options = {
        "exclude": ("b,c", "d"), "context": ("ctx",), "external": {"hosts": ("y,z",)}, "params": {"r": {"b": 3}}
    }  # fmt: skip
    config = load(options=options)
    assert config.file == "../istiolint.toml"
    assert config.exclude == ("a", "b", "c", "d")
    assert config.context == (str(here / "c"), str(here / "k8s" / "ctx"))
    assert config.external.hosts == ("x", "y", "z")
    assert config.params == {"r": {"a": 1, "b": 3}}
    assert config.mesh_config == str(here / "m.yaml")
    assert load(options={"mesh-config": "other.yaml"}).mesh_config == str(here / "k8s" / "other.yaml")


def test_extends_puts_another_file_below(here: Path) -> None:
    (here / "istiolint.toml").write_text('extends = "../base/strict.yaml"\nworld = "partial"\nignore = ["a"]\n')
    base = here.parent / "base"
    base.mkdir()
    (base / "strict.yaml").write_text("extends: [root.toml]\nworld: complete\nprofile: strict\nnamespace: shop\n")
    (base / "root.toml").write_text('exclude = ["vendor"]\n')
    config = load()
    assert (config.world, config.namespace, config.exclude) == ("partial", "shop", ("vendor",))
    assert config.choices == (Choice(profile="strict"), Choice(ignore=("a",)))
    assert (config.root, config.file) == (str(here), "istiolint.toml")
    (base / "root.toml").write_text('extends = ["strict.yaml"]\n')
    assert problems() == ["../base/strict.yaml: extends itself"]


# Which rules


def card(name: str, family: str, profile: str = "default", upstream: tuple[str, ...] = (), **params: Any) -> Card:
    return Card(
        name, family, name, "error", "high", (), "", (), upstream, (), None, "", "", "none", params, profile, ""
    )  # fmt: skip


CARDS = (
    card("subset-not-found", "routing", upstream=("IST0101", "KIA1107")),
    card("host-not-found", "routing", upstream=("IST0101",)),
    card("timeout-missing", "routing", "strict", longest=30, kinds=["VirtualService"], note="x", on=True, any=None),
    card("waypoint-missing", "ambient", upstream=("IST0162",)),
    card("waypoint-style", "ambient", "strict"),
    card("ambient-taste", "security", "ambient"),
    card("old-version", "versions", "upgrade"),
    card("suppression-without-reason", "suppression", "strict"),
)
DEFAULT = {"subset-not-found", "host-not-found", "waypoint-missing"}
ROUTING = {"subset-not-found", "host-not-found", "timeout-missing"}
TASTE = {"timeout-missing", "waypoint-style", "suppression-without-reason"}
EVERY = {card.name for card in CARDS}


def choose(*choices: Choice, **fields: Any) -> Config:
    return Config(choices=choices, **fields)


@pytest.mark.parametrize(
    ("choices", "rules"),
    [
        ((), DEFAULT),
        ((Choice(profile="strict"),), DEFAULT | TASTE),
        ((Choice(profile="ambient"),), DEFAULT | {"ambient-taste"}),
        ((Choice(profile="upgrade"),), DEFAULT | {"old-version"}),
        ((Choice(select=("ALL",)),), EVERY),
        ((Choice(select=("all",)),), EVERY),
        ((Choice(select=()),), set()),
        ((Choice(select=("routing",)),), ROUTING),
        ((Choice(select=("IST0101",)),), {"subset-not-found", "host-not-found"}),
        ((Choice(select=("kia1107",)),), {"subset-not-found"}),
        ((Choice(select=("default",)),), DEFAULT),
        # a family and a profile of one name are both meant
        ((Choice(select=("ambient",)),), {"waypoint-missing", "waypoint-style", "ambient-taste"}),
        ((Choice(extend_select=("old-version",)),), DEFAULT | {"old-version"}),
        ((Choice(ignore=("routing",)),), {"waypoint-missing"}),
        ((Choice(ignore=("ALL",)),), set()),
        # the more specific selector wins, at equal rank ignore does
        ((Choice(select=("ALL",), ignore=("routing",)),), EVERY - ROUTING),
        ((Choice(select=("subset-not-found",), ignore=("routing",)),), {"subset-not-found"}),
        ((Choice(ignore=("ALL",), extend_select=("IST0101",)),), {"subset-not-found", "host-not-found"}),
        ((Choice(select=("routing",), ignore=("routing",)),), set()),
        ((Choice(select=("IST0101",), ignore=("subset-not-found",)),), {"host-not-found"}),
        # a later choice starts anew where it says what is on
        ((Choice(profile="strict"), Choice(select=("routing",))), ROUTING),
        ((Choice(select=("routing",)), Choice(profile="default")), DEFAULT),
        ((Choice(select=("routing",)), Choice(extend_select=("IST0162",))), ROUTING | {"waypoint-missing"}),
        # what a file ignores stays ignored, unless the command line names it as exactly
        ((Choice(ignore=("timeout-missing",)), Choice(select=("ALL",))), EVERY - {"timeout-missing"}),
        ((Choice(ignore=("timeout-missing",)), Choice(select=("timeout-missing",))), {"timeout-missing"}),
        ((Choice(ignore=("routing",)), Choice(select=("IST0101",))), {"subset-not-found", "host-not-found"}),
        # what the command line ignores is off, however exactly the file wants it
        ((Choice(extend_select=("timeout-missing",)), Choice(ignore=("routing",))), {"waypoint-missing"}),
    ],
)  # fmt: skip
def test_which_rules_run(choices: tuple[Choice, ...], rules: set[str]) -> None:
    assert enabled(choose(*choices), CARDS) == rules


def test_requiring_reasons_turns_its_rule_on() -> None:
    assert enabled(Config(require_reason=True), CARDS) == DEFAULT | {"suppression-without-reason"}


def test_unknown_words_are_mistakes_with_place_and_near_miss(here: Path) -> None:
    (here / "istiolint.toml").write_text(
        'select = ["routng"]\nignore = ["subset-notfound", "IST0999"]\n'
        '[severity]\nnothing-like-it = "info"\n[params.timeout-mising]\nlongest = 3\n'
        '[params.timeout-missing]\nlongst = 1\n[[overrides]]\npaths = ["a"]\nignore = ["kia0001"]\n'
    )
    with pytest.raises(ConfigError) as error:
        Selection(load(), CARDS)
    assert [str(problem) for problem in error.value.problems] == [
        'istiolint.toml:1: unknown rule "routng" (did you mean "routing"?)',
        'istiolint.toml:2: unknown rule "subset-notfound" (did you mean "subset-not-found"?)',
        'istiolint.toml:2: no rule has the code "IST0999"',
        'istiolint.toml:4: unknown rule "nothing-like-it"',
        'istiolint.toml:5: unknown rule "timeout-mising" in params (did you mean "timeout-missing"?)',
        'istiolint.toml:8: timeout-missing has no parameter "longst" (did you mean "longest"?)',
        'istiolint.toml:11: no rule has the code "KIA0001"',
    ]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"longest": 3.5, "kinds": [], "note": "", "on": False, "any": {}}, None),
        ({"longest": "3"}, "parameter longest of timeout-missing must be a number, not a text"),
        ({"longest": True}, "parameter longest of timeout-missing must be a number, not true or false"),
        ({"kinds": "Gateway"}, "parameter kinds of timeout-missing must be a list, not a text"),
        ({"on": 1}, "parameter on of timeout-missing must be true or false, not a number"),
    ],
)
def test_parameters_have_the_type_of_their_default(params: dict[str, Any], told: str | None) -> None:
    config = Config(params={"timeout-missing": params})
    if told is None:
        assert Selection(config, CARDS).params == {"timeout-missing": params}
    else:
        with pytest.raises(ConfigError, match=told):
            Selection(config, CARDS)


def test_parameters_overlay_the_defaults() -> None:
    chosen = Selection(Config(params={"timeout-missing": {"longest": 5}}), CARDS).params["timeout-missing"]
    assert chosen == {"longest": 5, "kinds": ["VirtualService"], "note": "x", "on": True, "any": None}


def finding(rule: str, file: str = "a.yaml", resource: str = "VirtualService shop/reviews") -> Finding:
    kind, _, name = resource.partition(" ")
    namespace, _, name = name.rpartition("/")
    return Finding(
        rule, "error", "high", "", Place(file, 1, 1, 1, 2), "", ResourceId("v1", kind, namespace or None, name),
        None, (), (), None, "",
    )  # fmt: skip


def test_severities_go_by_the_most_specific_selector() -> None:
    config = Config(severity={"subset-not-found": "info", "ALL": "warning", "IST0101": "error", "ambient": "info"})
    assert Selection(config, CARDS).severities == {
        "subset-not-found": "info", "host-not-found": "error", "timeout-missing": "warning", "waypoint-missing": "info",
        "waypoint-style": "info", "ambient-taste": "info", "old-version": "warning",
        "suppression-without-reason": "warning",
    }  # fmt: skip
    assert Selection(config, CARDS).verdict(finding("host-not-found")).severity == "error"
    assert Selection(Config(), CARDS).verdict(finding("host-not-found")).severity == "error"


def test_overrides_hold_for_paths_seen_from_the_root(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".istiolint.yaml").write_text(
        "overrides:\n"
        "- {paths: [/k8s/legacy], ignore: [routing], severity: {waypoint-missing: info}, reason: goes away}\n"
        "- {paths: ['*.new.yaml'], select: [subset-not-found, timeout-missing]}\n"
    )
    selection = Selection(load(), CARDS)
    assert selection.enabled == DEFAULT | {"timeout-missing"}
    assert selection.everywhere == DEFAULT
    assert selection.verdict(finding("subset-not-found")) == (True, "error", False, "")
    assert selection.verdict(finding("subset-not-found", "k8s/legacy/a.yaml")) == (True, "error", True, "goes away")
    assert selection.verdict(finding("waypoint-missing", "k8s/legacy/a.yaml")) == (True, "info", False, "")
    assert selection.verdict(finding("subset-not-found", "k8s/legacy/a.new.yaml")) == (True, "error", False, "")
    assert not selection.verdict(finding("timeout-missing", "k8s/a.yaml")).on
    assert selection.verdict(finding("timeout-missing", "k8s/a.new.yaml")).on
    monkeypatch.chdir(here / "k8s")
    assert Selection(load(), CARDS).verdict(finding("subset-not-found", "legacy/x/a.yaml")).silenced


@pytest.mark.parametrize(
    ("resources", "silenced"),
    [
        (["VirtualService shop/reviews"], True),
        (["VirtualService reviews.shop"], True),
        (["VirtualService shop/*"], True),
        (["* shop/reviews"], True),
        (["Gateway x", "*"], True),
        (["VirtualService reviews"], False),
        (["VirtualService"], False),
        (["VirtualService shop/review"], False),
    ],
)
def test_overrides_hold_for_objects(resources: list[str], silenced: bool) -> None:
    override = Override(resources=tuple(resources), ignore=("ALL",))
    assert Selection(Config(overrides=(override,)), CARDS).verdict(finding("host-not-found")).silenced is silenced


def test_an_override_for_paths_and_objects_needs_both() -> None:
    override = Override(("b.yaml",), ("VirtualService *",), ignore=("ALL",))
    selection = Selection(Config(overrides=(override,)), CARDS)
    assert not selection.verdict(finding("host-not-found")).silenced
    assert not selection.verdict(finding("host-not-found", "b.yaml", "Gateway g")).silenced
    assert selection.verdict(finding("host-not-found", "b.yaml", "VirtualService g")).silenced


def test_objects_and_namespaces_in_a_form_that_matches_nothing(here: Path) -> None:
    text = """\
namespace: Shop_1
overrides:
- resources: [VirtualService shop/*, shop/reviews]
  ignore: routing
- resources: virtualservice shop/reviews
  ignore: routing
"""
    (here / ".istiolint.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).splitlines() == [
        '.istiolint.yaml:1: namespace: must be the name of a namespace, not "Shop_1"',
        '.istiolint.yaml:3: overrides resources: must be "Kind namespace/name", such as "VirtualService shop/*",'
        ' not "shop/reviews"',
    ]


def test_patterns_may_start_with_the_folder_they_are_seen_from(here: Path) -> None:
    (here / ".istiolint.yaml").write_text("exclude: ./a/b.yaml\noverrides: [{paths: [./legacy/], ignore: routing}]\n")
    config = load()
    assert config.exclude == ("a/b.yaml",)
    assert config.overrides[0].paths == ("legacy/",)


def test_a_configuration_that_is_not_utf_8(here: Path) -> None:
    (here / "istiolint.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="cannot be read: it is not UTF-8"):
        load()
