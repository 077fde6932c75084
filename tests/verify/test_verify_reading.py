"""Assertion files: what is read, what is refused and where, and that the schema says the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from istiolint.config import ConfigError
from istiolint.verify.assertion import Clients, Expected
from istiolint.verify.reading import ASSERTION, CALLED, CLIENTS, EXPECT, REQUEST, read_file

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "verify.schema.json").read_text())
PLAIN: dict[str, Any] = {
    "name": "it", "from": "web/front", "request": {"url": "http://pay:80/x"}, "expect": {"reaches": True},
}  # fmt: skip
EXAMPLES = Path(__file__).parents[2] / "examples" / "mesh-tests"


def problems(text: str) -> list[str]:
    try:
        read_file("a.yaml", text)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_what_is_written_is_read() -> None:
    (one,) = read_file("a.yaml", """\
# comment
tests:
- name: only web may pay
  from: {except: {namespaces: [web]}}
  to: shop/payments
  request: {path: /pay, headers: {X-User: a}}
  expect: {denied: true, shares: {v2: 90, v3: 10}}
allow-unknown: true
""")  # fmt: skip
    assert (one.name, one.file, one.line, one.allow_unknown) == ("only web may pay", "a.yaml", 3, True)
    assert one.clients == Clients(without=Clients(namespaces=("web",)))
    assert one.called is not None
    assert one.called.services == ("shop/payments",)
    assert (one.request.path, one.request.headers) == ("/pay", (("x-user", "a"),))
    assert one.expect == Expected(denied=True, shares={"v2": 90.0, "v3": 10.0})


def test_an_empty_file_has_no_assertions() -> None:
    assert read_file("a.yaml", "# nothing yet\n") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: [\n", "a.yaml:2: is not valid YAML"),
        ("tests: []\n---\ntests: []\n", "a.yaml:2: has more than one document"),
        ("testes: []\n", 'a.yaml:1: unknown key "testes" (did you mean "tests"?)'),
        ("allow-unknown: true\n", 'a.yaml:1: needs "tests"'),
        ("tests:\n- name: a\n  form: b/c\n", 'a.yaml:3: unknown key "form" (did you mean "from"?)'),
        ("tests:\n- name: a\n", 'a.yaml:2: needs "expect"'),
        ("tests:\n- name: a\n  expect: {subset: v1}\n", 'a.yaml:2: needs "from"'),
        ("tests:\n- name: a\n  from: b/c\n  expect:\n    subset: v1\n    sharse: {}\n",
         'a.yaml:6: expect: unknown key "sharse" (did you mean "shares"?)'),
        ("tests:\n- name: a\n  from: b\n  expect: {subset: v1}\n", 'a.yaml:3: "from" must be namespace/name, not "b"'),
        ("tests:\n- name: a\n  from: b/c\n  expect: {shares: {v1: 50}}\n",
         'a.yaml:4: expect: "shares" must add up to 100, not 50'),
        ("tests:\n- name: a\n  from: b/c\n  request: {url: reviews}\n  expect: {subset: v1}\n",
         'a.yaml:4: request: "url" must be a URL'),
        ("tests:\n- name: a\n  from: b/c\n  to: b/d\n  request: {url: 'http://a'}\n  expect: {subset: v1}\n",
         'has both "to" and a request with "url"'),
        ("tests:\n- name: a\n  from: b/c\n  request: {url: 'tcp://a'}\n  expect: {subset: v1}\n", "must be a URL"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(text: str, said: str) -> None:
    (problem,) = problems(text)
    assert said in problem


def test_all_mistakes_are_told_at_once() -> None:
    text = "tests:\n- name: a\n  frm: b\n- name: b\n  expect: 1\n"
    assert [problem.split(" ")[0] for problem in problems(text)] == ["a.yaml:3:", "a.yaml:5:"]


def test_two_of_one_name_are_refused() -> None:
    (problem,) = problems(yaml.safe_dump({"tests": [PLAIN, PLAIN]}))
    assert 'the name "it" is that of line' in problem


def test_the_schema_knows_the_same_keys() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    known = SCHEMA["$defs"]
    assert set(known["test"]["properties"]) == set(ASSERTION)
    assert set(known["request"]["properties"]) == set(REQUEST)
    assert set(known["expect"]["properties"]) == set(EXPECT) == set(Expected._fields)
    assert set(known["clients"]["oneOf"][1]["properties"]) == {*CLIENTS, "except"}
    assert set(known["called"]["oneOf"][1]["properties"]) == {*CALLED, "except"}


VALUES: dict[str, list[Any]] = {
    "name": ["", 1, None, "x"],
    "from": ["a/b", "a", "*/*", [], ["a/b"], ["a"], {}, {"namespaces": "a"}, {"namespaces": []}, {"workloads": ["a/b"]},
             {"except": "a/b"}, {"except": {}}, {"namespace": "a"}, 1, None],
    "gateway": ["a/b", "a", ["a/b"]],
    "to": ["a/b", {"ports": 80}, {"ports": [80, 0]}, {"ports": "80"},
           {"services": "a/b", "except": {"namespaces": "c"}}],
    "request": [{}, None, {"url": "http://a"}, {"url": "http://a/b?c=d"}, {"url": "ftp://a"}, {"url": "tcp://a:1"},
                {"url": "tcp://a:1", "method": "GET"}, {"url": "http://a", "path": "/b"}, {"path": "/b"}, {"path": "b"},
                {"url": "http://a", "method": "get"}, {"url": "http://a", "headers": {"a": 1}}, {"sni": "a"},
                {"url": "https://a", "sni": "b", "ip": "10.0.0.1", "host": "c", "claims": {"iss": "d"}},
                {"url": "http://a", "ip": "localhost"}, {"url": "http://a", "claims": []}, {"uri": "http://a"}],
    "expect": [{}, [], None, {"reaches": "yes"}, {"status": 404}, {"status": 4040}, {"status": True}, {"subset": ""},
               {"shares": {}}, {"shares": {"a": 101}}, {"shares": {"a": 100}}, {"mirrors": {"a": 1.5}}, {"port": 0},
               {"workload": "a/b"}, {"workload": "a"}, {"mtls": False, "denied": True, "redirect": "https://a/b"}],
    "allow-unknown": [True, "true", None],
}  # fmt: skip


@pytest.mark.parametrize("key", list(VALUES))
def test_the_schema_agrees_with_the_reader(key: str) -> None:
    judge = jsonschema.Draft202012Validator(SCHEMA)
    disagreed = []
    inside, called = PLAIN, {**PLAIN, "to": "a/b", "request": {}}
    outside = {**PLAIN, "gateway": "a/b"}
    del outside["from"]
    for base in (inside, called, outside):
        for value in [*VALUES[key], "absent"]:
            made = {**base, key: value}
            if value == "absent":
                made.pop(key)
            whole = {"tests": [made]}
            if (not problems(json.dumps(whole))) != judge.is_valid(whole):
                disagreed.append(made)
    assert disagreed == []


def test_the_examples_are_taken_by_both() -> None:
    judge = jsonschema.Draft202012Validator(SCHEMA)
    for file in EXAMPLES.iterdir():
        assert judge.is_valid(yaml.safe_load(file.read_text()))
        assert read_file(file.name, file.read_text())
