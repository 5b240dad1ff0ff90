"""A page of plain text: turns HTML tags, lists and links into lines.

Whoever reads HTML or Markdown writes to a `Page` what it finds: text, elements by their HTML names, list items,
links. The page decides about line ends, bullets and numbers, and where a link's address goes.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import Final

_DEEPEST_LIST: Final = 8

ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""An entity with its semicolon, such as ``&amp;`` or ``&#8217;``."""
_AUTOLINK: Final = re.compile(r"<((?:https?://|mailto:)[^\s<>]++|[^\s<>@]++@[^\s<>@]++)>", re.IGNORECASE)
TAG: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)"""
    r"""(?P<attributes>(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*'|["'])*+)?)>"""
    r"""|</?(?:m|o|st1|v|w):[a-z][^<>]*>"""
    r"""|<!(?:(?P<comment>--)|[A-Za-z\[][^<>]*>)|<\?[A-Za-z][^<>]*>"""
)
"""An HTML or Office tag, a comment's beginning, a declaration; `is_markup` tells it from words in brackets."""
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
LAID_OUT: Final = re.compile(
    rf"<(?:{'|'.join(sorted(_PARAGRAPHS | _LINES | {'li', 'ol', 'tr', 'ul'}))})[\s/>]", re.IGNORECASE
)
"""A tag that makes lines: where there is one, line ends in the source are mere spaces."""

_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*+\n\s*+")
_SPACES: Final = re.compile(r"\s+")

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)


def decoded(text: str) -> str:
    """Entities as characters. Only those with a semicolon: ``&section=2`` in an address is not a §."""
    return ENTITY.sub(character, text) if "&" in text else text


def character(entity: re.Match[str]) -> str:
    """What the entity stands for: itself if HTML knows no such entity."""
    name = entity[0][1:]
    return html.unescape(entity[0]) if name[0] == "#" or name in html5 else entity[0]


def is_markup(tag: re.Match[str]) -> bool:
    """Whether this is HTML rather than words in angle brackets, as in ``<your name>`` or ``List<String>``."""
    return tag["name"] is None or tag["name"].lower() in _TAG_NAMES


def end_of_unseen(text: str, tag: re.Match[str]) -> int | None:
    """Where the comment, script or style that this tag opens ends: -1 if nowhere, None if it opens none."""
    if tag["comment"]:
        end = text.find("-->", tag.end())
        return end if end < 0 else end + 3
    if tag["name"] and not tag["close"] and tag["name"].lower() in ("script", "style"):
        return text.find(f"</{tag['name']}", tag.end())
    return None


@dataclass(slots=True)
class Page:
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
        """All that was written; not yet tidied."""
        self.close_link()
        return "".join(self.parts)

    def html(self, source: str) -> None:
        """Writes HTML source: its text, laid out by its tags."""
        done = 0
        for tag in TAG.finditer(source):
            if tag.start() < done or not is_markup(tag):
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
        """Begins a link: what is written from here on is its label."""
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
        text = decoded(_AUTOLINK.sub(r"\1", source) if "<" in source else source)
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
        end = None if kind in self.unclosed else end_of_unseen(source, tag)
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
            return decoded("".join(values)).strip()
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
