"""Texts in several languages: one record with language maps, whichever way the issuer wrote them."""

from typing import Any

import pytest

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.open_badges.definition import definition
from mappings.open_badges.document import badge_class
from mappings.open_badges.model import BadgeClass, Translation

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
BADGE = {"type": ["Achievement"], "id": "https://badges.example/1", "name": "Bread", "criteria": {"narrative": "Bake."}}
SPANISH = Translation(language="es", name="Pan", description="Hace pan.", narrative="Hornear.", tags=("pan",))


def read(**members: Any) -> BadgeClass:
    kept = definition(BADGE | members)
    assert definition(kept) == kept
    return badge_class(kept)


def mapped(badge: BadgeClass, **context: Any) -> Mapped:
    return credential(
        badge, Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER, **context)
    )


def valued(**texts: str) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


@pytest.mark.parametrize(
    "members",
    [
        {
            "name": {"en": "Bread", "es": "Pan"},
            "description": {"es": "Hace pan.", "en": "Makes bread."},
            "criteria": {"narrative": {"en": "Bake.", "es": "Hornear."}},
            "tag": {"en": ["bread"], "es": ["pan"]},
        },
        {
            "name": valued(es="Pan", en="Bread"),
            "description": valued(en="Makes bread.", es="Hace pan."),
            "criteria": {"narrative": valued(en="Bake.", es="Hornear.")},
            "tags": valued(en="bread", es="pan"),
        },
    ],
)
def test_language_maps_and_values_with_a_language_are_the_same(members: dict[str, Any]) -> None:
    badge = read(**members)
    assert (badge.language, badge.name, badge.description, badge.tags) == ("en", "Bread", "Makes bread.", ("bread",))
    assert badge.translations == (SPANISH,)
    record = mapped(badge).credential
    assert record.in_language == ("en", "es")
    assert record.name == {"en": "Bread", "es": "Pan"}
    assert record.description == {"en": "Makes bread.", "es": "Hace pan."}
    assert record.keyword == {"en": ("bread",), "es": ("pan",)}
    assert record.requires[0].description == {"en": "Bake.", "es": "Hornear."}


@pytest.mark.parametrize(
    ("declared", "own"), [(None, "en"), ("es", "es"), ("fr-CA", "fr"), ("de", "en"), ("en-US", "en")]
)
def test_its_own_language_is_the_declared_one_else_english(declared: str | None, own: str) -> None:
    names = {"es": "Pan", "en": "Bread", "fr": "Pain"}
    badge = read(name=names, **({"inLanguage": declared} if declared else {}))
    assert (badge.language, badge.name) == (own, names[own])
    assert {each.language for each in badge.translations} == names.keys() - {own}


def test_without_english_it_is_the_first_by_its_tag_whatever_the_order() -> None:
    assert read(name={"fr": "Pain", "es": "Pan"}) == read(name={"es": "Pan", "fr": "Pain"})
    assert read(name={"fr": "Pain", "es": "Pan"}).language == "es"


def test_a_text_with_its_language_declares_that_of_the_badge() -> None:
    badge = read(name={"@value": "Pan", "@language": "es"})
    assert (badge.name, badge.language, badge.translations) == ("Pan", "es", ())


def test_a_text_without_a_language_is_in_the_badges_own() -> None:
    badge = read(name={"@none": "Bread", "es": "Pan"}, inLanguage="en")
    assert badge.language == "es"
    plain = read(name="Bread", description={"en": "Makes bread.", "es": "Hace pan."})
    assert (plain.name, plain.translations[0].name) == ("Bread", None)


@pytest.mark.parametrize("name", [{"en": 7.5j}, {"en": {"deep": 1}}, {"english": "Bread"}, [["Bread"]]])
def test_what_is_no_text_in_any_language_is_refused_with_a_sentence(name: Any) -> None:
    with pytest.raises(ValueError, match=r"name is|no name"):
        definition(BADGE | {"name": name})


def test_a_confirmed_language_is_no_longer_assumed() -> None:
    assumed, confirmed = mapped(read()), mapped(read(), language="fr", language_confirmed=True)
    assert "language_assumed" in {each.code for each in (*assumed.findings, *assumed.notes)}
    assert "language_assumed" not in {each.code for each in (*confirmed.findings, *confirmed.notes)}
    assert confirmed.credential.in_language == ("fr",)
    assert confirmed.credential.name == {"fr": "Bread"}
