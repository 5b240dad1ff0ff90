"""Badge text as plain text: what a person reads on the platform, without its markup.

Platforms give names and descriptions as plain text with stray HTML in it, criteria as Markdown. CTDL takes
neither, so both become lines of text: no words are lost, links keep their target, list items their bullet or
number. Text without markup takes a short cut past the parser. Nothing here makes text safe to show as HTML:
who shows it, escapes.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.entities import html5
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, html_block, list_block
from markdown_it.rules_inline import StateInline, emphasis, escape
from markdown_it.token import Token

PARSED_UP_TO: Final = 20_000
"""Length in characters up to which Markdown is parsed. Badges say less, and a hostile text may take long."""

_DEEPEST_LIST: Final = 8
_DEEPEST_BLOCK: Final = 24

_UNCLEAN: Final = r"\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff"
_NEEDS_CLEANING: Final = re.compile(f"[{_UNCLEAN}]")
_MAY_BE_MARKED_UP: Final = re.compile(rf"[<&\]{_UNCLEAN}]")
_MAY_BE_MARKDOWN: Final = re.compile(rf"[<&\]\\`*_{_UNCLEAN}]")
_MARKS: Final = re.compile(r"[\\`*_]")
_BLOCK_START: Final = re.compile(r"\n(?:[ \t]+\S|[-+#>=~|:]|[0-9]{1,9}[.)][ \t])")

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_LINE_ENDS: Final = re.compile(r"[\r\v\f\x85\u2028\u2029]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*+\n\s*+")
_SPACES: Final = re.compile(r"\s+")

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AUTOLINK: Final = re.compile(r"<((?:https?://|mailto:)[^\s<>]++|[^\s<>@]++@[^\s<>@]++)>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)"""
    r"""(?P<attributes>(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*'|["'])*+)?)>"""
    r"""|</?(?:m|o|st1|v|w):[a-z][^<>]*>"""
    r"""|<!(?:(?P<comment>--)|[A-Za-z\[][^<>]*>)|<\?[A-Za-z][^<>]*>"""
)
_ATTRIBUTE: Final = re.compile(
    r"""(?<![\w-])(href|alt|start|value)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_TAG_NAMES: Final = frozenset((
    "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "bdi", "bdo", "big",
    "blockquote", "body", "br", "button", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption",
    "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend",
    "li", "link", "main", "map", "mark", "menu", "meta", "meter", "nav", "nobr", "noscript", "object",
    "ol", "optgroup", "option", "output", "p", "param", "picture", "pre", "progress", "q", "rp", "rt",
    "ruby", "s", "samp", "script", "section", "select", "small", "source", "span", "strike", "strong",
    "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot",
    "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
))  # fmt: skip
_PARAGRAPHS: Final = frozenset((
    "address", "article", "aside", "blockquote", "dl", "fieldset", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "p", "pre", "section", "table",
))  # fmt: skip
_LINES: Final = frozenset(("caption", "dd", "div", "dt", "figcaption", "legend", "option", "summary"))
_LAID_OUT: Final = re.compile(
    rf"<(?:{'|'.join(sorted(_PARAGRAPHS | _LINES | {'li', 'ol', 'tr', 'ul'}))})[\s/>]", re.IGNORECASE
)

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_LOOKS_LIKE_AN_ADDRESS: Final = re.compile(r"(?:https?://|mailto:|[^\s/.]*[./])\S", re.IGNORECASE)

_COMPARISON: Final = re.compile(r"[>+] ?[0-9]")
_RAW_HTML: Final = re.compile(r"<(?:[!?]|(?:script|style|pre|textarea)[\s>])", re.IGNORECASE)
_REST_OF_URL: Final = re.compile(r"""://[^\s<>\[\]\\`]*[^\s<>\[\]\\`*_.,;:!?"')]""")
_DRIVE: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:")
_WINDOWS_PATH: Final = re.compile(r"""\\(?:[^\s<>"|*?`]*)""")
_DUNDER: Final = re.compile(r"__[A-Za-z][A-Za-z0-9]*__")
_CALLED_OR_DOTTED: Final = re.compile(r"\(|\.[A-Za-z]")


def plain(text: str) -> str:
    """Plain text that may hold HTML tags, entities and Markdown links, such as a description.

    Tags go, ``<a>`` and ``[label](address)`` become ``label (address)``, list items lines with "- ", entities
    are decoded once. Nothing else of Markdown is interpreted: a star is a star. Never raises.
    """
    if not _MAY_BE_MARKED_UP.search(text):
        return _tidy(_composed(text))
    text = _clean(text)
    has_links = "](" in text and len(text) <= PARSED_UP_TO
    if not has_links and "<" not in text:
        return _tidy(_clean(_decoded(text)))
    page = _Page(laid_out=_LAID_OUT.search(text) is not None)
    if has_links:
        _write_inline(page, _LINKS.parseInline(text)[0].children or (), page.html)
    else:
        page.html(text)
    return page.text()


def plain_markdown(text: str) -> str:
    """Markdown text with HTML in it, such as a criteria narrative, as plain text.

    As `plain`, and the markers of headings, emphasis, code, quotes and tables go as well; list items keep a
    "- " or their number. Indented text is a paragraph, not code. What is longer than ``PARSED_UP_TO`` is read
    as by `plain`. Never raises.
    """
    if not _MAY_BE_MARKDOWN.search(text) and not _BLOCK_START.search("\n" + text):
        return _tidy(_composed(text))
    text = _clean(text)
    if len(text) > PARSED_UP_TO or not _is_markdown(text):
        return plain(text)
    page = _Page(laid_out=False)
    _write_blocks(page, _MARKDOWN.parse(text))
    return page.text()


def single_line(text: str) -> str:
    """As `plain`, on one line with single spaces: a name."""
    return " ".join(plain(text).split())


def _is_markdown(text: str) -> bool:
    marked = _MARKS.search(text) or "<" in text or "](" in text
    return bool(marked or _BLOCK_START.search("\n" + text))


def _clean(text: str) -> str:
    """Without control characters and halves of characters; line ends as newlines; composed (NFC)."""
    if _NEEDS_CLEANING.search(text):
        if _SURROGATES.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = _LINE_ENDS.sub("\n", text.replace("\r\n", "\n"))
        text = _CONTROLS.sub("", text).replace("\xa0", " ")
    return _composed(text)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _tidy(text: str) -> str:
    """Without space at the ends of lines and with at most one blank line between them."""
    if "\n" in text:
        text = _BLANK_LINES.sub("\n\n", "\n".join(map(str.rstrip, text.split("\n"))))
    return text.strip()


def _decoded(text: str) -> str:
    """Entities as characters. Only those with a semicolon: ``&section=2`` in an address is not a §."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    name = entity[0][1:]
    return html.unescape(entity[0]) if name[0] == "#" or name in html5 else entity[0]


def _is_markup(tag: re.Match[str]) -> bool:
    """Whether this is HTML rather than words in angle brackets, as in ``<your name>`` or ``List<String>``."""
    return tag["name"] is None or tag["name"].lower() in _TAG_NAMES


def _end_of_unseen(text: str, tag: re.Match[str]) -> int | None:
    """Where the comment, script or style that this tag opens ends: -1 if nowhere, None if it opens none."""
    if tag["comment"]:
        end = text.find("-->", tag.end())
        return end if end < 0 else end + 3
    if tag["name"] and not tag["close"] and tag["name"].lower() in ("script", "style"):
        return text.find(f"</{tag['name']}", tag.end())
    return None


@dataclass(slots=True)
class _Page:
    """Lines of text as they are written, driven by HTML's element names for HTML and Markdown alike."""

    laid_out: bool
    """Whether HTML elements make the lines, so that line ends in the source are mere spaces."""
    parts: list[str] = field(default_factory=list)
    gap: int = 0
    """Line ends owed before the next text."""
    marker: str = ""
    """What the next text begins with: a bullet, a number, a bar between table cells."""
    lists: list[int | None] = field(default_factory=list)
    """The lists that are open: the number last used, None for bullets."""
    link: tuple[str, int] | None = None
    """The address of the open link and where in ``parts`` its label begins."""
    row: int = 0
    """Where in ``parts`` the table row begins."""
    verbatim: bool = False
    unclosed: set[str] = field(default_factory=set)
    """Elements known to have no end, so that it is not looked for again."""

    def text(self) -> str:
        self.close_link()
        return _tidy(_clean("".join(self.parts)))

    def html(self, source: str) -> None:
        """Writes HTML source: its text, laid out by its tags."""
        done = 0
        for tag in _TAG.finditer(source):
            if tag.start() < done or not _is_markup(tag):
                continue
            self._html_text(source[done : tag.start()])
            done = self._skip_unseen(source, tag)
            if name := tag["name"]:
                act = self.close if tag["close"] else self.open
                act(name.lower(), tag["attributes"])
        self._html_text(source[done:])

    def say(self, text: str) -> None:
        """Writes text that has no markup left."""
        if self.gap or self.marker:
            text = text.lstrip(" \t").removeprefix("\n")
        self._write(text)

    def code(self, text: str) -> None:
        """Writes a block of code, its indentation kept."""
        self._paragraph()
        self._write(text.strip("\n"))
        self._paragraph()

    def new_line(self) -> None:
        """The next text begins on a line of its own."""
        self._owe(1)

    def open(self, name: str, attributes: str = "") -> None:
        """Begins the HTML element ``name``."""
        match name:
            case "br":
                self._owe(min(self.gap + 1, 2))
            case "ul":
                self.begin_list()
            case "ol":
                self.begin_list(_number(attributes, "start", 1))
            case "li":
                self.item(_number(attributes, "value", 0))
            case "tr":
                self.new_line()
                self.row = len(self.parts)
            case "td" | "th":
                self._cell()
            case "a":
                if href := _attribute(attributes, "href"):
                    self.open_link(href)
            case "img":
                self.say(_attribute(attributes, "alt"))
            case "pre":
                self._paragraph()
                self.verbatim = True
            case _:
                self._break(name)

    def close(self, name: str, attributes: str = "") -> None:
        """Ends the HTML element ``name``."""
        match name:
            case "ul" | "ol":
                if self.lists:
                    self.lists.pop()
                self._paragraph()
            case "li" | "tr":
                self.marker = ""
                self.gap = 1 if self.parts else 0
            case "a":
                self.close_link()
            case "pre":
                self.verbatim = False
                self._paragraph()
            case _:
                self._break(name)

    def begin_list(self, first: int | None = None) -> None:
        """Begins a list, with its first number if it is ordered."""
        self._paragraph()
        self.lists.append(None if first is None else first - 1)

    def item(self, number: int, delimiter: str = ".") -> None:
        """Begins a list item; an ordered list counts on where ``number`` does not lead further."""
        self.new_line()
        last = self.lists[-1] if self.lists else None
        sign = "-"
        if last is not None:
            self.lists[-1] = max(number, last + 1)
            sign = f"{self.lists[-1]}{delimiter}"
        self.marker = "  " * min(len(self.lists) - 1, _DEEPEST_LIST) + sign + " "

    def open_link(self, href: str) -> None:
        self.close_link()
        self._settle()
        self.link = (href, len(self.parts))

    def close_link(self) -> None:
        """Puts the open link's address behind its label, or in its place where they say the same."""
        if self.link is None:
            return
        href, start = self.link
        self.link = None
        target = _target(href)
        label = "".join(self.parts[start:])
        if not target or (_bare(label) == _bare(target) and _WEB.match(label.strip())):
            return
        if not label.strip() or _bare(label) == _bare(target):
            self.parts[start:] = [target]
        else:
            self.parts[start:] = [f"{label.rstrip()} ({target}){' ' if label[-1].isspace() else ''}"]

    def _html_text(self, source: str) -> None:
        text = _decoded(_AUTOLINK.sub(r"\1", source) if "<" in source else source)
        if self.verbatim or not self.laid_out:
            self.say(text)
            return
        for index, paragraph in enumerate(_BLANK_LINE.split(text)):
            if index and paragraph:
                self._paragraph()
            words = _SPACES.sub(" ", paragraph)
            self._write(words.lstrip() if self._at_line_start() else words)

    def _skip_unseen(self, source: str, tag: re.Match[str]) -> int:
        kind = tag["name"] or tag["comment"]
        end = None if kind in self.unclosed else _end_of_unseen(source, tag)
        if end is not None and end < 0:
            self.unclosed.add(kind)
        return end if end is not None and end > 0 else tag.end()

    def _write(self, text: str) -> None:
        if text:
            self._settle()
            self.parts.append(text)

    def _settle(self) -> None:
        if self.gap or self.marker:
            self.parts.append("\n" * self.gap + self.marker)
            self.gap, self.marker = 0, ""

    def _owe(self, line_ends: int) -> None:
        if self.parts and not self.marker:
            self.gap = max(self.gap, line_ends)

    def _break(self, name: str) -> None:
        if name in _PARAGRAPHS:
            self._paragraph()
        elif name in _LINES:
            self.new_line()

    def _paragraph(self) -> None:
        self._owe(1 if self.lists else 2)

    def _cell(self) -> None:
        if len(self.parts) > self.row:
            self.gap = 0
            self.marker = f"{self.marker.rstrip()} | "

    def _at_line_start(self) -> bool:
        return bool(self.gap or self.marker or not self.parts or self.parts[-1][-1] in " \n")


def _attribute(attributes: str, name: str) -> str:
    for key, *values in _ATTRIBUTE.findall(attributes):
        if key.lower() == name:
            return _decoded("".join(values)).strip()
    return ""


def _number(attributes: str, name: str, default: int) -> int:
    value = _attribute(attributes, name)
    return int(value) if value.isdecimal() and len(value) < 10 else default


def _target(href: str) -> str:
    """The address as a reader can use it: empty for a place within the page or a script."""
    scheme = _SCHEME.match(href)
    if scheme is None:
        return "" if href.startswith("#") else href
    match scheme[1].lower():
        case "http" | "https" | "ftp":
            return href
        case "mailto" | "tel":
            return href[scheme.end() :].partition("?")[0]
        case _:
            return ""


def _bare(address: str) -> str:
    """What two spellings of one address have in common."""
    return _WEB.sub("", address.strip().removeprefix("mailto:"), count=1).rstrip("/").casefold()


def _write_blocks(page: _Page, tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type == "inline":
            _write_inline(page, token.children or (), page.say)
        elif token.type == "html_block":
            page.html(token.content)
        elif token.type == "fence":
            page.code(token.content)
        elif token.type == "list_item_open":
            page.item(int(token.info or 0), token.markup)
        elif token.type == "ordered_list_open":
            page.begin_list(int(token.attrs.get("start", 1)))
        elif not token.hidden:
            act = page.close if token.nesting < 0 else page.open
            act(token.tag)


def _write_inline(page: _Page, tokens: Iterable[Token], write: Callable[[str], None]) -> None:
    for token in tokens:
        match token.type:
            case "text":
                write(token.content)
            case "softbreak" | "hardbreak":
                page.new_line()
            case "code_inline":
                page.say(token.content)
            case "html_inline":
                page.html(token.content)
            case "link_open":
                page.open_link(str(token.attrGet("href")))
            case "link_close":
                page.close_link()
            case "image":
                write("".join(child.content for child in token.children or ()))


class _Parser(MarkdownIt):
    """Markdown whose link addresses stay as they were written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


class _LinkParser(_Parser):
    """Takes ``[label](target)`` for a link only if the target looks like an address: ``f[i](x)`` is none."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return _LOOKS_LIKE_AN_ADDRESS.match(url) is not None


def _link_parser() -> MarkdownIt:
    return _LinkParser("zero").enable(["link", "image"])


def _markdown_parser() -> MarkdownIt:
    """CommonMark and tables, except where it would damage what people write in badges.

    Indented text is no code, as indentation is layout; nor is ``[Note]: …`` a reference that vanishes.
    """
    parser = _Parser("commonmark", {"maxNesting": 2 * _DEEPEST_BLOCK}).enable("table").disable(["code", "reference"])
    inline, block = parser.inline.ruler, parser.block.ruler
    inline.before("escape", "bare_url", _bare_url)
    inline.at("escape", _escape)
    inline.at("emphasis", _emphasis)
    inline.at("html_inline", _html_inline)
    inline.at("entity", _entity)
    interrupts = ["paragraph", "reference", "blockquote"]
    block.at("blockquote", _blockquote, {"alt": [*interrupts, "list"]})
    block.at("list", _list, {"alt": interrupts})
    block.at("html_block", _html_block, {"alt": interrupts})
    return parser


def _bare_url(state: StateInline, silent: bool) -> bool:
    """A web address in running text keeps its underscores and stars."""
    before = state.src[max(0, state.pos - 5) : state.pos].lower()
    rest = _REST_OF_URL.match(state.src, state.pos, state.posMax) if before.endswith(("http", "https")) else None
    return rest is not None and _take(state, silent, rest.end(), _decoded(rest[0]))


def _escape(state: StateInline, silent: bool) -> bool:
    r"""A backslash escapes punctuation, except in a Windows path: ``C:\_old\*``, ``\\server\share``."""
    if state.src[state.pos] != "\\":
        return False
    path = _begins_path(state.src, state.pos) and _WINDOWS_PATH.match(state.src, state.pos, state.posMax)
    return _take(state, silent, path.end(), path[0]) if path else escape(state, silent)


def _begins_path(source: str, position: int) -> bool:
    if _DRIVE.match(source, position - 2, position):
        return True
    starts_word = position == 0 or source[position - 1] in " \n\t(\"'"
    return starts_word and source.startswith("\\\\", position) and source[position + 2 : position + 3].isalnum()


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Stars between letters or digits multiply, ``__init__`` is a name; elsewhere they are emphasis."""
    end = _end_of_literal_mark(state.src, state.pos)
    if not silent and end:
        return _take(state, silent, end, state.src[state.pos : end])
    return emphasis.tokenize(state, silent)


def _end_of_literal_mark(source: str, position: int) -> int:
    """Where a run of stars or underscores that is no markup ends; 0 if it is markup."""
    before = source[position - 1 : position] if position else ""
    if source[position] == "*":
        end = position + 1
        while source.startswith("*", end):
            end += 1
        after = source[end : end + 1]
        one_word = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
        number = before.isdecimal() and after.isdecimal()
        return end if one_word and (end - position == 1 or number) else 0
    name = _DUNDER.match(source, position) if source[position] == "_" else None
    if name and (name[0] == "__init__" or before == "." or _CALLED_OR_DOTTED.match(source, name.end())):
        return name.end()
    return 0


def _html_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    tag = _TAG.match(state.src, state.pos, state.posMax)
    if tag is None or not _is_markup(tag):
        return False
    unseen = _end_of_unseen(state.src, tag) or -1
    if tag["comment"] and unseen < 0:
        return False
    if not silent and unseen < 0:
        state.push("html_inline", "", 0).content = tag[0]
    state.pos = max(tag.end(), unseen)
    return True


def _entity(state: StateInline, silent: bool) -> bool:
    entity = _ENTITY.match(state.src, state.pos, state.posMax)
    return entity is not None and _take(state, silent, entity.end(), _character(entity))


def _take(state: StateInline, silent: bool, end: int, text: str) -> bool:
    """Moves on to ``end``, having read ``text`` there."""
    if not silent:
        state.pending += text
    state.pos = end
    return True


def _blockquote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return not _is_text(state, start) and blockquote(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return not _is_text(state, start) and list_block(state, start, end, silent)


def _is_text(state: StateBlock, line: int) -> bool:
    """Whether what looks like a quote or list is none: ``> 80 %`` compares, ``+ 5`` adds, depth ends."""
    begin = state.bMarks[line] + state.tShift[line]
    return state.level >= _DEEPEST_BLOCK or _COMPARISON.match(state.src, begin) is not None


def _html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Only what has no Markdown in it: other HTML is read tag by tag, with the Markdown between."""
    begin = state.bMarks[start] + state.tShift[start]
    return _RAW_HTML.match(state.src, begin) is not None and html_block(state, start, end, silent)


_LINKS: Final = _link_parser()
_MARKDOWN: Final = _markdown_parser()
