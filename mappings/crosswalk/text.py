"""Badge text as plain text: what a person reads on the platform, without its markup.

Platforms give names and descriptions as plain text with stray HTML in it, criteria as Markdown. CTDL takes
neither, so both become lines of text: no words are lost, links keep their target, list items their bullet or
number. Text without markup takes a short cut past the parser. Nothing here makes text safe to show as HTML:
who shows it, escapes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mappings.crosswalk.markdown import write_links, write_markdown
from mappings.crosswalk.page import LAID_OUT, Page, decoded

PARSED_UP_TO: Final = 20_000
"""Length in characters up to which Markdown is parsed. Badges say less, and a hostile text may take long."""

_UNCLEAN: Final = r"\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff"
_NEEDS_CLEANING: Final = re.compile(f"[{_UNCLEAN}]")
_MAY_BE_MARKED_UP: Final = re.compile(rf"[<&\]{_UNCLEAN}]")
_MAY_BE_MARKDOWN: Final = re.compile(rf"[<&\]\\`*_{_UNCLEAN}]")
_MARKS: Final = re.compile(r"[\\`*_]")
_BLOCK_START: Final = re.compile(r"\n(?:[ \t]+\S|[-+#>=~|:]|[0-9]{1,9}[.)][ \t])")

_PARAGRAPHS_AND_ITEMS: Final = re.compile(r"(?:(?:- )?[^\W\d_].*\n+)+")
"""Lines that begin with a letter, or a bullet and a letter: all the Markdown that is in them without marks is lists."""

_ITEM_GOES_ON: Final = re.compile(r"^- .*\n[^-\n]", re.MULTILINE)
_BEFORE_LIST: Final = re.compile(r"^([^-\n].*)\n(?=- )", re.MULTILINE)
_BETWEEN_ITEMS: Final = re.compile(r"^(- .*)\n+(?=- )", re.MULTILINE)

_PLAIN_LINE: Final = re.compile(r"(?:[!-%'-;=-\\^-~]+(?: (?=[!-~])|$))*", re.ASCII)
"""A name that is nothing but words with single spaces between them, as most are."""

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_LINE_ENDS: Final = re.compile(r"[\r\v\f\x85\u2028\u2029]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


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
        return _tidy(_clean(decoded(text)))
    page = Page(laid_out=LAID_OUT.search(text) is not None)
    if has_links:
        write_links(page, text)
    else:
        page.html(text)
    return _tidy(_clean(page.text()))


def plain_markdown(text: str) -> str:
    """Markdown text with HTML in it, such as a criteria narrative, as plain text.

    As `plain`, and the markers of headings, emphasis, code, quotes and tables go as well; list items keep a
    "- " or their number. Indented text is a paragraph, not code. What is longer than ``PARSED_UP_TO`` is read
    as by `plain`. Never raises.
    """
    if not _MAY_BE_MARKDOWN.search(text):
        if not _BLOCK_START.search("\n" + text):
            return _tidy(_composed(text))
        if len(text) <= PARSED_UP_TO and (listed := _with_lists(_composed(text))):
            return _tidy(listed)
    text = _clean(text)
    if len(text) > PARSED_UP_TO or not _is_markdown(text):
        return plain(text)
    page = Page(laid_out=False)
    write_markdown(page, text)
    return _tidy(_clean(page.text()))


def single_line(text: str) -> str:
    """As `plain`, on one line with single spaces: a name."""
    return text if _PLAIN_LINE.fullmatch(text) else " ".join(plain(text).split())


def _with_lists(text: str) -> str | None:
    """What the parser makes of paragraphs and simple lists, as most narratives are; None of text that is more."""
    text = text.strip("\n") + "\n"
    if not _PARAGRAPHS_AND_ITEMS.fullmatch(text) or _ITEM_GOES_ON.search(text):
        return None
    return _BETWEEN_ITEMS.sub(r"\1\n", _BEFORE_LIST.sub(r"\1\n\n", text))


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
