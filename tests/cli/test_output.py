"""Where reports go."""

import io
import json
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from istiolint.cli.complaints import OutputError, WrongUsage
from istiolint.cli.output import Target, Targets, say, targets, write
from istiolint.finding import Finding, Place, Report, ResourceId, Summary
from istiolint.source.text import SourceText

FINDING = Finding(
    rule="odd-port",
    severity="error",
    confidence="high",
    message="port → odd",
    place=Place("a.yaml", 1, 7, 1, 11),
    path="/port",
    resource=ResourceId("v1", "Gateway", None, "a"),
    admission=None,
    upstream=(),
    related=(),
    fix=None,
    fingerprint="f",
)


class Outcome(NamedTuple):
    """As much of the engine's as reports need."""

    report: Report = Report((FINDING,), (), Summary(1, 1, 1, 0, 0))
    crashes: tuple[str, ...] = ()

    def texts(self, file: str) -> SourceText:
        return SourceText(file, "port: 8443\n")


def test_text_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write(Outcome(), None, ())  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert "1 | port: 8443\n  |       ^^^^\n" in out
    assert out.endswith("1 error in 1 file (1 document, 1 of Istio).\n")
    assert not err


def test_files_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sarif, plain = tmp_path / "reports" / "a.sarif", tmp_path / "a.txt"
    write(Outcome(), None, (f"sarif={sarif}", f"text={plain}"), "always")  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert "\x1b[1;31merror:\x1b[0m" in out
    assert json.loads(sarif.read_text())["runs"][0]["results"][0]["ruleId"] == "odd-port"
    assert plain.read_text().startswith("error: port → odd")
    assert not err


def test_format_replaces_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(Outcome(), "json", (f"concise={tmp_path / 'a'}",))  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out)["findings"][0]["message"] == "port → odd"
    assert (tmp_path / "a").read_bytes() == "a.yaml:1:7: error odd-port port → odd\n".encode()


def test_width_of_files_is_not_that_of_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    for columns in ("40", "100"):
        monkeypatch.setenv("COLUMNS", columns)
        write(Outcome(), "concise", (f"text={tmp_path / columns}",))  # type: ignore[arg-type]
        shown.append((tmp_path / columns).read_text())
    assert shown[0] == shown[1]


def test_a_file_that_cannot_be_written_costs_no_other_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        write(Outcome(), None, (f"json={tmp_path}", f"sarif={tmp_path / 'a.sarif'}"))  # type: ignore[arg-type]
    assert "port: 8443" in capsys.readouterr().out
    assert (tmp_path / "a.sarif").exists()


def test_targets() -> None:
    assert targets(None, ()) == Targets("text", ())
    assert targets("github", ("sarif=a=b.sarif",)) == Targets("github", (Target("sarif", "a=b.sarif"),))


@pytest.mark.parametrize(
    ("form", "outputs", "complaint"),
    [
        ("sarf", (), 'did you mean "sarif"'),
        (None, ("jnit=x",), 'did you mean "junit"'),
        (None, ("report.sarif",), "FORMAT=PATH"),
        (None, ("sarif=",), "FORMAT=PATH"),
        (None, ("sarif=-",), "standard output"),
        (None, ("sarif=a", "json=./a"), "twice"),
    ],
)
def test_options_that_make_no_sense(form: str | None, outputs: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(WrongUsage, match=complaint):
        targets(form, outputs)


def test_any_encoding_of_standard_output_will_do() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    say("port → odd \udcff\n", stream)
    assert stream.buffer.getvalue() == b"port \\u2192 odd \\udcff\n"  # type: ignore[attr-defined]


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    with open(tmp_path / "pipe", "w") as stream:

        class Closed(io.StringIO):
            encoding = "utf-8"

            def flush(self) -> None:
                raise BrokenPipeError

            def fileno(self) -> int:
                return stream.fileno()

        say("x", Closed())
        stream.write("goes nowhere")
    assert (tmp_path / "pipe").read_text() == ""


def test_only_findings_go_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    write(Outcome(), "concise", ())  # type: ignore[arg-type]
    assert out.getvalue() == "a.yaml:1:7: error odd-port port → odd\n"
