"""What a badge is called and said to be, in its languages: name, description, keywords, subjects."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Filled, Note, Provenance, Result, fill
from mappings.crosswalk.text import plain, single_line
from mappings.ctdl.reading import is_language
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass, Translation

Text = TypeVar("Text", str, tuple[str, ...])

_NAME = Provenance("name", ("name",), "the badge's name")
_DESCRIPTION = Provenance("description", ("description",), "as plain text")
_DECLARED = Provenance("inLanguage", ("language",), "declared by the badge")
_CONFIRMED = Provenance("inLanguage", (), "confirmed for all badges of its connection that declare none")
_ASSUMED = Provenance("inLanguage", (), "assumed: the badge declares no language")
_KEYWORD = Provenance("keyword", ("tags",), "its tags or skills")


def declared(badge: BadgeClass) -> str | None:
    """The language that a badge declares; None where it declares none that is a language."""
    return _language(badge.language) if badge.language else None


@lru_cache(maxsize=1_000)
def _language(stated: str) -> str | None:
    tag = stated.replace("_", "-")
    return tag if is_language(tag) else None


def spoken(badge: BadgeClass, context: Context) -> str:
    """The language that a badge's texts are in, apart from their translations."""
    return declared(badge) or context.language


def in_each_language(
    badge: BadgeClass, context: Context, own: Text, translated: Callable[[Translation], Text]
) -> dict[str, Text]:
    """What a badge says in its own language, and in that of each translation; without those that say nothing."""
    said = {each.language: translated(each) for each in badge.translations} if badge.translations else {}
    said[spoken(badge, context)] = own
    return {language: text for language, text in said.items() if text}


def name(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterable[Result]:
    """The name, on one line."""
    names = in_each_language(badge, context, single_line(badge.name), lambda each: single_line(each.name or ""))
    return (Filled("name", names, _NAME),) if names else ()


def description(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterable[Result]:
    """The description as plain text."""
    texts = in_each_language(badge, context, plain(badge.description or ""), lambda each: plain(each.description or ""))
    return (Filled("description", texts, _DESCRIPTION),) if texts else ()


def in_language(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterable[Result]:
    """The languages of its texts: the declared one or the assumed, then those of its translations."""
    languages = tuple(dict.fromkeys([spoken(badge, context), *[each.language for each in badge.translations]]))
    if declared(badge):
        return (Filled("in_language", languages, _DECLARED),)
    if context.language_confirmed:
        return (Filled("in_language", languages, _CONFIRMED),)
    return (Filled("in_language", languages, _ASSUMED), *_assumed(badge.language, context.language))


@lru_cache(maxsize=1_000)
def _assumed(stated: str | None, language: str) -> tuple[Note, Finding]:
    said = f"“{stated}”, which is no language code" if stated else "no language"
    message = f"The badge declares {said}; {language} is assumed."
    return Note("language", "language_assumed", message), Finding("inLanguage", "note", "language_assumed", message)


def keywords(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterable[Result]:
    """The tags, each once whatever its letter case."""
    found = in_each_language(badge, context, _each_once(badge.tags), lambda each: _each_once(each.tags))
    return (Filled("keyword", found, _KEYWORD),) if found else ()


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    words: dict[str, str] = {}
    for tag, folded in map(_word, tags):
        if tag:
            words.setdefault(folded, tag)
    return tuple(words.values())


@lru_cache(maxsize=4_000)
def _word(tag: str) -> tuple[str, str]:
    """A tag on one line, and the form that is the same in any letter case: badges of one issuer share their tags."""
    word = single_line(tag)
    return word, word.casefold()


def subjects(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterable[Result]:
    """The field of study and the specialization; a person should look, for the platforms use both for much."""
    if not (badge.field_of_study or badge.specialization):
        return
    said = {"field_of_study": badge.field_of_study, "specialization": badge.specialization}
    found = {member: text for member, stated in said.items() if (text := single_line(stated or ""))}
    if found:
        subject = {spoken(badge, context): tuple(dict.fromkeys(found.values()))}
        yield fill("subject", "subject", subject, tuple(found), "its field of study and specialization")
        message = f"What the badge calls its field is taken for its subject: {', '.join(found.values())}."
        yield Note(next(iter(found)), "subject_to_review", message)
