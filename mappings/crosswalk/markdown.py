"""Markdown read as the people who write badges mean it, and written onto a `Page`.

Two parsers: one for text in which only links are Markdown, one for Markdown in full. Their rules depart from
CommonMark where it would damage a formula, a Windows path, a web address or a name such as ``__init__``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, html_block, list_block
from markdown_it.rules_inline import StateInline, emphasis, escape
from markdown_it.token import Token

from mappings.crosswalk.page import ENTITY, TAG, Page, character, decoded, end_of_unseen, is_markup

_DEEPEST_BLOCK: Final = 24

_LOOKS_LIKE_AN_ADDRESS: Final = re.compile(r"(?:https?://|mailto:|[^\s/.]*[./])\S", re.IGNORECASE)

_COMPARISON: Final = re.compile(r"[>+] ?[0-9]")
_RAW_HTML: Final = re.compile(r"<(?:[!?]|(?:script|style|pre|textarea)[\s>])", re.IGNORECASE)
_REST_OF_URL: Final = re.compile(r"""://[^\s<>\[\]\\`]*[^\s<>\[\]\\`*_.,;:!?"')]""")
_DRIVE: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:")
_WINDOWS_PATH: Final = re.compile(r"""\\(?:[^\s<>"|*?`]*)""")
_DUNDER: Final = re.compile(r"__[A-Za-z][A-Za-z0-9]*__")
_CALLED_OR_DOTTED: Final = re.compile(r"\(|\.[A-Za-z]")


def write_links(page: Page, text: str) -> None:
    """Writes HTML with Markdown links in it."""
    _write_inline(page, _LINKS.parseInline(text)[0].children or (), page.html)


def write_markdown(page: Page, text: str) -> None:
    """Writes Markdown with HTML in it."""
    _write_blocks(page, _MARKDOWN.parse(text))


def _write_blocks(page: Page, tokens: Iterable[Token]) -> None:
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


def _write_inline(page: Page, tokens: Iterable[Token], write: Callable[[str], None]) -> None:
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
    return rest is not None and _take(state, silent, rest.end(), decoded(rest[0]))


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
    tag = TAG.match(state.src, state.pos, state.posMax)
    if tag is None or not is_markup(tag):
        return False
    unseen = end_of_unseen(state.src, tag) or -1
    if tag["comment"] and unseen < 0:
        return False
    if not silent and unseen < 0:
        state.push("html_inline", "", 0).content = tag[0]
    state.pos = max(tag.end(), unseen)
    return True


def _entity(state: StateInline, silent: bool) -> bool:
    entity = ENTITY.match(state.src, state.pos, state.posMax)
    return entity is not None and _take(state, silent, entity.end(), character(entity))


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
