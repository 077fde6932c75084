import re

from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.report.cells import width
from istiolint.report.markdown import plain, terminal
from istiolint.report.style import painter

PLAIN = painter(False)


def shown(text: str, columns: int = 40) -> str:
    return "\n".join(terminal(text, columns, PLAIN))


def test_prose_is_wrapped_and_paragraphs_stay_apart() -> None:
    text = "One two three four\nfive six seven.\n\n\nNext **bold words** and `code`.\n"
    assert shown(text, 22) == ("  One two three four\n  five six seven.\n\n  Next bold words and\n  `code`.")


def test_headings_and_fences_stand_apart() -> None:
    text = "## Bad\n```yaml\nspec:\n\thosts: [a]\n\n```\nAfter.\n## Good\nText"
    assert shown(text) == ("Bad\n\n      spec:\n          hosts: [a]\n\n  After.\n\nGood\n\n  Text")


def test_lists_hang() -> None:
    text = "- first item that is long enough\n  to wrap\n- second\n  1. nested and also long enough to wrap"
    assert shown(text, 24) == (
        "  - first item that is\n    long enough to wrap\n  - second\n"
        "    1. nested and also\n       long enough to\n       wrap"
    )


def test_tables_are_left_alone() -> None:
    assert shown("| a | b |\n|---|---|\n| a long cell | another long cell |", 20) == (
        "  | a | b |\n  |---|---|\n  | a long cell | another long cell |"
    )


def test_links_show_where_they_lead_on_the_web_only() -> None:
    text = "See [the page](https://istio.io/docs), [`a-rule`](a-rule.md)."
    assert shown(text, 80) == "  See the page (https://istio.io/docs), `a-rule`."


def test_wildcards_are_not_emphasis() -> None:
    assert shown("hosts * and *.example.com, `*.*`, a_b_c", 80) == "  hosts * and *.example.com, `*.*`, a_b_c"


def test_expected_findings_stand_out() -> None:
    (line,) = terminal("```\nsubset: v3  # finding: v3\n```", 80, painter(True))
    assert line == "      \x1b[36msubset: v3  \x1b[0m\x1b[1;31m# finding: v3\x1b[0m"


def test_plain() -> None:
    assert plain("A **bold\nword**, `code` and [link](x.md).") == "A bold word, `code` and link."


MARKDOWN = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["```", "~~~", "# ", "- ", "1. ", "| ", "> ", "**", "`", "[a](b)", "\n", "\n\n", "\x1b[2J", "表", "  "]
        ),
    ),
    max_size=12,
).map("".join)


@settings(deadline=None)
@given(MARKDOWN, st.integers(20, 90))
def test_any_text_is_shown_safely_and_color_adds_only(text: str, columns: int) -> None:
    lines = terminal(text, columns, PLAIN)
    colored = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in terminal(text, columns, painter(True))]
    assert colored == lines
    assert all(line.isprintable() for line in lines)
    for line in lines:
        # Too long are only code, tables, headings and lines of one word.
        if width(line) > columns and line.startswith("  ") and not line.startswith(("      ", "  |")):
            assert " " not in re.sub(r"^ *([-*+>]|\d+[.)])? *", "", line)


@settings(deadline=None)
@given(MARKDOWN)
def test_no_two_blank_lines_outside_of_code(text: str) -> None:
    lines = terminal(text.replace("`", "").replace("~", ""), 80, PLAIN)
    assert "\n\n\n" not in "\n".join(lines)
    assert not lines or (lines[0] and lines[-1])
