"""Languages by their tags (BCP 47), as people choose them: the form of a tag, and what the common ones are called."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from mappings.ctdl.reading import is_language


@cache
def languages() -> Mapping[str, str]:
    """The common language tags, those first that are chosen most, each with its English name."""
    found: dict[str, str] = json.loads(files("mappings").joinpath("languages.json").read_text("utf-8"))["languages"]
    return found


def tag(given: str) -> str:
    """A language tag in its usual spelling (RFC 5646 §2.1.1): en_us is en-US. ValueError where it has not the form."""
    first, *rest = given.strip().replace("_", "-").split("-")
    spelled = "-".join((first.lower(), *map(_subtag, rest)))
    if not is_language(spelled):
        raise ValueError(f"{given!r} is no language tag; such as en, en-US or fr-CA is meant.")
    return spelled


def name(of: str) -> str | None:
    """What a language is called in English; None for a tag that is well formed and not among the common ones."""
    return languages().get(of)


def _subtag(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part.lower()
