"""Badge text becomes plain text: words, link targets and list markers stay, markup goes."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.crosswalk.text import PARSED_UP_TO, plain, plain_markdown, single_line

# What it teaches, what the platform gives, what a reader gets: from `plain` and `plain_markdown` alike.
BOTH = [
    # Entities
    ("a named entity is its character", "Ethics &amp; Compliance", "Ethics & Compliance"),
    ("entities are decoded once, never twice", "&amp;lt;b&amp;gt; &amp;amp;", "&lt;b&gt; &amp;"),
    ("numbers count as well, old Windows ones too", "It&#8217;s it&#x2019;s it&#146;s", "It’s it’s it’s"),
    ("a hard space is a space", "Level&nbsp;1\xa0of 2", "Level 1 of 2"),
    ("what is no entity stays", "R&D; AT&T &nosuch; &", "R&D; AT&T &nosuch; &"),
    (
        "an address keeps its parameters",
        "https://x.org/?a=1&section=2&copy=3",
        "https://x.org/?a=1&section=2&copy=3",
    ),
    # HTML
    ("inline tags go", "A <b>bold</b> <span class='x'>claim</span>", "A bold claim"),
    ("paragraphs are parted by a blank line", "<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("a break ends the line, two leave a blank one", "One<br>Two<br/><br />Three", "One\nTwo\n\nThree"),
    ("a break at a line's end is one break", "One<br>\nTwo", "One\nTwo"),
    ("an editor's div is a line", "<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
    ("list items are lines", "Do:<ul><li>this</li><li>that</li></ul>End", "Do:\n\n- this\n- that\n\nEnd"),
    ("ordered items are counted", '<ol start="3"><li>x</li><li>y</li></ol>', "3. x\n4. y"),
    ("items hold paragraphs", "<ul><li><p>One</p></li><li><p>Two</p></li></ul>", "- One\n- Two"),
    ("inner lists are indented", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
    ("an empty item is none", "<ul><li></li><li>a</li><li> </li></ul>", "- a"),
    (
        "a link keeps its target",
        '<a href="https://x.org/?a=1&amp;b=2">page</a>.',
        "page (https://x.org/?a=1&b=2).",
    ),
    ("a link that shows its target is just that", '<a href="https://x.org/">x.org</a>', "https://x.org/"),
    ("a link to a person's mail", '<a href="mailto:info@x.org?subject=Hi">write</a>', "write (info@x.org)"),
    ("a link within the page has no target", '<a href="#top">Up</a> <a name="top"></a>', "Up"),
    ("a script has no target", '<a href="javascript:alert(1)">Up</a>', "Up"),
    ("an image is its description", 'See <img src="x.png" alt="the &quot;badge&quot;">.', 'See the "badge".'),
    ("scripts, styles and comments go", "a<script>b<c</script><style>d{}</style><!-- <b>e --> f", "a f"),
    ("what never ends is not swallowed", "a <script>b", "a b"),
    ("a broken quote does not swallow the rest", '<a href="https://x.org>page</a> and more', "page and more"),
    ("tables are rows of cells", "<table><tr><td>a<td><td><p>c<tr><td>d</table>", "a | | c\nd"),
    ("Office leavings go", "One<o:p></o:p> two<?xml version='1'?>", "One two"),
    ("a greater-than sign in quotes ends no tag", '<b title="a > b">c</b>', "c"),
    # What only looks like HTML
    ("a lone < is less than", "x < 3 and y > 2, x<3", "x < 3 and y > 2, x<3"),
    ("words in angle brackets are no tags", "List<String> by <your name>", "List<String> by <your name>"),
    (
        "an address in angle brackets is an address",
        "<https://x.org/a_b> <me@x.org>",
        "https://x.org/a_b me@x.org",
    ),
    ("decoded tags are text", "Use &lt;b&gt; for bold", "Use <b> for bold"),
    # Links
    (
        "a Markdown link keeps its target",
        "See the [page](https://x.org/a_b_c).",
        "See the page (https://x.org/a_b_c).",
    ),
    ("a link title is not shown", '[page](https://x.org "Our page")', "page (https://x.org)"),
    ("a label that is the target is shown once", "[https://x.org](https://x.org)", "https://x.org"),
    ("a link without label is its target", "[](https://x.org)", "https://x.org"),
    ("a target keeps its brackets and accents", "[é](https://x.org/a_(b)/é)", "é (https://x.org/a_(b)/é)"),
    ("a Markdown image is its description", "![the badge](https://x.org/b.png)", "the badge"),
    ("a note in brackets stays", "[Note]: see [1] and [2](below", "[Note]: see [1] and [2](below"),
    # Text that must come through
    ("multiplication", "2*3*4, 5 * 3, 2**3**4", "2*3*4, 5 * 3, 2**3**4"),
    ("stars of names and notes", "C* and A* search, $5*", "C* and A* search, $5*"),
    (
        "identifiers",
        "snake_case_name, __init__.py, obj.__call__()",
        "snake_case_name, __init__.py, obj.__call__()",
    ),
    ("arguments", "f(*args, **kwargs)", "f(*args, **kwargs)"),
    ("signs of names", "(ISC)², SAFe(R), C#, A & B", "(ISC)², SAFe(R), C#, A & B"),
    ("a number sign is no heading", "#1 choice", "#1 choice"),
    ("numbered lines", "1. item\n2. item\n10. item", "1. item\n2. item\n10. item"),
    ("a year at the line's start", "2024. A good year", "2024. A good year"),
    ("comparisons at the line's start", "> 80 % on the test\n+ 5 points", "> 80 % on the test\n+ 5 points"),
    ("addresses", "https://x.org/_a_/b*c*d_e_ end", "https://x.org/_a_/b*c*d_e_ end"),
    (
        "Windows paths",
        r"C:\_old_\*x, C:\Users\me, \\server\_x_\y",
        r"C:\_old_\*x, C:\Users\me, \\server\_x_\y",
    ),
    ("blanks to fill in", "Name: ______ Date: ____", "Name: ______ Date: ____"),
    ("struck text keeps its marks", "~~five~~ six hours, H~2~O", "~~five~~ six hours, H~2~O"),
    ("emoji and right-to-left text", "🔧 «MIG» 日本語 العربية 👩‍🔧", "🔧 «MIG» 日本語 العربية 👩‍🔧"),
    # Whitespace and characters
    ("ends are stripped, lines too", "  One \t\r\n Two  \n\n\n\nThree\n", "One\n Two\n\nThree"),
    ("line ends of every kind", "a\rb\r\nc\u2028d\x85e", "a\nb\nc\nd\ne"),
    ("control characters go", "a\x00b\x07c\x9fd\ufeff\te", "abcd\te"),
    ("letters are composed", "Cafe\u0301", "Café"),
    ("half a character is replaced", "a\ud800b", "a\ufffdb"),
    ("two halves make one", "\ud83d\ude00", "😀"),
    ("nothing stays nothing", " \n\t ", ""),
]

# Where a line's indentation or a soft line end means something else in Markdown.
INDENTATION_IS_LAYOUT = {"ends are stripped, lines too"}

MARKDOWN = [
    ("headings lose their sign", "# To earn\ntext\n\n## More ##", "To earn\n\ntext\n\nMore"),
    ("underlined headings lose the line", "To earn\n=======\n\nMore\n----", "To earn\n\nMore"),
    ("emphasis goes", "*a* **b** ***c*** _d_ __e__", "a b c d e"),
    ("emphasis of a first letter goes", "**C**ertified **N**urse", "Certified Nurse"),
    ("emphasis without spaces around it goes", "这是**重点**内容", "这是重点内容"),
    ("an address in bold", "**https://x.org/a_b**", "https://x.org/a_b"),
    ("code loses its ticks, not its text", "Use `a_b*c*` and `&lt;`", "Use a_b*c* and &lt;"),
    ("tags in code are text", "Learn `<script>` and `</b>`", "Learn <script> and </b>"),
    (
        "a code block keeps its lines",
        "So:\n\n```python\nif a:\n    b * c * d\n```\nEnd",
        "So:\n\nif a:\n    b * c * d\n\nEnd",
    ),
    ("bullets are hyphens", "Can:\n\n* one\n* two\n\nEnd", "Can:\n\n- one\n- two\n\nEnd"),
    ("a list under a line begins a paragraph", "Can:\n+ one\n+ two", "Can:\n\n- one\n- two"),
    ("loose items stand together", "- one\n\n- two", "- one\n- two"),
    ("inner items are indented", "1. a\n   - b\n   - c\n2. d", "1. a\n  - b\n  - c\n2. d"),
    ("numbers count on", "1. a\n1. b\n1. c", "1. a\n2. b\n3. c"),
    ("numbers that lead on are kept", "3) a\n4) b\n7) c", "3) a\n4) b\n7) c"),
    ("zero is a number", "0. a\n1. b", "0. a\n1. b"),
    ("quotes lose their sign", "> Retake once.\n> Ask.", "Retake once.\nAsk."),
    ("rules are blank lines", "One\n\n***\n\nTwo", "One\n\nTwo"),
    ("line breaks stay, soft and hard", "One\nTwo  \nThree\\\nFour", "One\nTwo\nThree\nFour"),
    ("indented text is no code", "One\n\n    *Two*", "One\n\nTwo"),
    ("tables are rows of cells", "| a | b |\n|---|:-:|\n| 1 | *2* |", "a | b\n1 | 2"),
    ("escaped signs are signs", r"\*not\* \_this\_ 1\. \<b\>", "*not* _this_ 1. <b>"),
    (
        "emphasis in HTML goes too",
        "<p>One **two**</p>\n<ul>\n<li>*a*</li>\n\n<li>b</li>\n</ul>",
        "One two\n\n- a\n- b",
    ),
    ("HTML blocks that are never seen go", "<style>\n\n* {x: y}\n</style>\n\nText <!-- a\nb -->", "Text"),
    ("emphasis in a link", "[**a** `b`](https://x.org)", "a b (https://x.org)"),
    ("a relative target is kept", "[rules](/rules.html)", "rules (/rules.html)"),
    ("one link in another", "[![badge](b.png)](https://x.org)", "badge (https://x.org)"),
    (
        "a whole narrative",
        "## To earn this badge\n\n1. Attend **75** hours\n2. Pass with ≥ 87 %\n\n> Retake once.",
        "To earn this badge\n\n1. Attend 75 hours\n2. Pass with ≥ 87 %\n\nRetake once.",
    ),
]

PLAIN = [
    ("stars, ticks and signs are text", "# *a* **b** `c`\n> d", "# *a* **b** `c`\n> d"),
    ("bullets stay as they are", "* one\n+ two\n• three", "* one\n+ two\n• three"),
    ("a backslash is one", r"\*a\*", r"\*a\*"),
    ("indexing is no link", "f[i](x) and [1](2)", "f[i](x) and [1](2)"),
    ("a script is no target", "[x](javascript:y)", "[x](javascript:y)"),
    (
        "a name in angle brackets is no Office tag",
        "<urn:isbn:1> <mailto:a@x.org>",
        "<urn:isbn:1> mailto:a@x.org",
    ),
    ("line ends stay among inline tags", "One\n<b>Two</b>\n\nThree", "One\nTwo\n\nThree"),
    (
        "line ends are spaces where tags make the lines",
        "<p>One\n   two</p>\n\n<p>Three</p>",
        "One two\n\nThree",
    ),
    ("blank lines part paragraphs there as well", "One\n\nTwo<ul><li>a</li></ul>", "One\n\nTwo\n\n- a"),
    ("text that is laid out keeps its lines", "<p>So:</p><pre>a\n  b</pre>", "So:\n\na\n  b"),
    (
        "links of both kinds",
        "<p>[a](https://x.org) <a href='https://y.org'>b</a></p>",
        "a (https://x.org) b (https://y.org)",
    ),
]


def case(row: tuple[str, str, str]) -> object:
    teaches, given_text, wanted = row
    return pytest.param(given_text, wanted, id=teaches)


@pytest.mark.parametrize(("given_text", "wanted"), [case(row) for row in BOTH + PLAIN])
def test_plain(given_text: str, wanted: str) -> None:
    assert plain(given_text) == wanted


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [case(row) for row in BOTH if row[0] not in INDENTATION_IS_LAYOUT] + [case(row) for row in MARKDOWN],
)
def test_plain_markdown(given_text: str, wanted: str) -> None:
    assert plain_markdown(given_text) == wanted


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("  Culinary \n Knife\tSkills ", "Culinary Knife Skills"),
        ("Ethics &amp;&nbsp; Compliance", "Ethics & Compliance"),
        ("<p>TIG</p><p>Welding</p>", "TIG Welding"),
        ("C* & 2*3*4", "C* & 2*3*4"),
        ("a\u2003b\x1fc", "a bc"),
    ],
)
def test_a_name_stands_on_one_line(given_text: str, wanted: str) -> None:
    assert single_line(given_text) == wanted


MARKS = "[]()<>*_`#&;!~|\\/-+=.:\"' \n\tab1é\u0301\r\x00\xa0"
FRAGMENTS = [
    "<b>", "</b>", "<p>", "<ul>", "<li>", "</ul>", "<ol start='9'>", "<a href='https://x.org'>", "</a>",
    "<br>", "<script>", "</script>", "<!--", "-->", "<pre>", "<td>", "<tr>", "</table>",
    "](https://x.org)", "![", "[", "**", "__", "```\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n    ", "&amp;",
    "&lt;", "&#42;", "https://", "C:\\", "|a|\n|-|\n", "word", " ",
]  # fmt: skip
any_text = st.one_of(
    st.text(st.characters(), max_size=80),
    st.text(st.sampled_from(MARKS), max_size=80),
    st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join),
)
unmarked = st.text(st.characters(exclude_characters="[]<>*_`#&~|\\-+=:.)", codec="utf-8"), max_size=80)


@settings(max_examples=400, deadline=None)
@given(any_text)
def test_every_text_gives_clean_text(text: str) -> None:
    for result in (plain(text), plain_markdown(text), single_line(text)):
        result.encode("utf-8")
        assert result == result.strip()
        assert unicodedata.is_normalized("NFC", result)
        assert not [char for char in result if unicodedata.category(char) == "Cc" and char not in "\n\t"]
        assert "\n\n\n" not in result


def words(text: str) -> list[str]:
    kept = "".join(
        " " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char) != "Cc"
    )
    return unicodedata.normalize("NFC", kept.replace("\ufeff", "")).split()


@settings(deadline=None)
@given(unmarked.filter(lambda text: not any("\x1c" <= char <= "\x1f" for char in text)))
def test_text_without_markup_keeps_every_word(text: str) -> None:
    assert plain(text).split() == words(text)
    assert plain_markdown(text).split() == words(text)


@settings(max_examples=400, deadline=None)
@given(any_text)
def test_what_has_become_plain_stays_as_it_is(text: str) -> None:
    once = plain(text)
    if not any(sign in once for sign in ("<", "&", "](")):
        assert plain(once) == once
    name = single_line(text)
    if not any(sign in name for sign in ("<", "&", "](")):
        assert single_line(name) == name


@settings(deadline=None)
@given(unmarked)
def test_text_without_markup_reads_the_same_as_markdown(text: str) -> None:
    assert [line.strip() for line in plain_markdown(text).split("\n")] == [
        line.strip() for line in plain(text).split("\n")
    ]


ENDLESS = [
    "[", "![", "[a](", "[a][b", "<![", "<", "<b>", "<a ", "<a '", "<script>", "<!--", "<a href=x>",
    "<ul><li>", "<td>", "*", "**a ", "_", "__a", "`", "\\", "C:\\", "&", "&#1;", "&lt;", "> ", "- ",
    "- a\n  ", "1. ", "|a|\n|-|\n", "https://", "http://*", "<a@b.", " ", "\n ", "\r", "e\u0301", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("unit", ENDLESS)
def test_a_megabyte_of_anything_is_read_in_seconds(unit: str) -> None:
    began = time.process_time()
    plain(unit * (1_000_000 // len(unit)))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("unit", ENDLESS)
def test_the_longest_markdown_that_is_parsed_is_read_in_seconds(unit: str) -> None:
    began = time.process_time()
    plain_markdown(unit * (PARSED_UP_TO // len(unit)))
    assert time.process_time() - began < 5


def test_longer_markdown_is_read_as_plain_text() -> None:
    long = "word " * PARSED_UP_TO + "**bold** <b>x</b>"
    assert plain_markdown(long) == plain(long)
    assert plain_markdown(long).endswith("**bold** x")


@pytest.mark.parametrize(
    "nested", ["> " * 60 + "deep", "- " * 60 + "deep", "<ul><li>" * 60 + "deep", "[" * 60 + "deep"]
)
def test_deep_nesting_loses_no_words(nested: str) -> None:
    assert plain(nested).endswith("deep")
    assert plain_markdown(nested).endswith("deep")


LINES = (
    "",
    "Earners must:",
    "Then, within a year (2 tries)",
    "Ü — “so”; 100 % ~ fine",
    "- Pass the exam (https://x.org/exam?a=1#b)",
    "- Pay",
    "- é",
    "-Hold on",
    "  - inner",
    "* other",
    "1. first",
    "a | b",
    "---",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=9).map("\n".join))
def test_a_simple_list_reads_as_it_does_beside_what_needs_the_parser(narrative: str) -> None:
    assert plain_markdown(f"{narrative}\n\n`End`") == f"{plain_markdown(narrative)}\n\nEnd".strip()
