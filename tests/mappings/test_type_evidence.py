"""Which type a badge has: what speaks for it, what is offered to choose from, and what is asked once it is decided."""

from dataclasses import replace
from typing import Any

import pytest

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import credential
from mappings.crosswalk.credential_type import MOST_RANKED, OPEN_BADGE, CredentialType, by_rule, credential_type
from mappings.ctdl import vocabulary
from mappings.minimum_data import is_answered
from mappings.open_badges.model import Alignment, BadgeClass, Validity

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
TWO_YEARS = Validity(amount="2", unit="years")
LICENSE = Alignment(target_name="License", target_url="https://purl.org/ctdl/terms/License")


def badge(name: str = "Bee Keeping", **members: Any) -> BadgeClass:
    return BadgeClass(id="https://badges.example/1", source_id="1", name=name, **members)


def found(name: str = "Bee Keeping", *, owner: tuple[str, ...] = (), **members: Any) -> CredentialType:
    return credential_type(badge(name, **members), owner)


def asked(*, owner: tuple[str, ...] = (), **members: Any) -> set[str]:
    context = Context(
        authority="badges.example", platform_name="Practice", organization_ctid=OWNER, organization_types=owner
    )
    return {f.code for f in credential(badge(**members), context).findings if f.property == "credentialType"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Certified Bee Keeper", "Certification"),
        ("Certificate of Completion: Bees", "CertificateOfCompletion"),
        ("Certificado de participación en abejas", "CertificateOfParticipation"),
        ("Licencia de apicultor", "License"),
        ("Certificat de réussite : abeilles", "CertificateOfCompletion"),
        ("Diplôme d'apiculture", "Diploma"),
        ("Zertifikat Bienenpflege", "Certificate"),
        ("Meisterbrief Imkerei", "MasterCertificate"),
        ("Certificação em apicultura", "Certification"),
        ("Licença de apicultor", "License"),
        ("Attestato di frequenza: api", "CertificateOfCompletion"),
        ("Laurea magistrale in apicoltura", "MasterDegree"),
    ],
)
def test_words_in_six_languages_suggest_a_type_and_never_decide(name: str, kind: str) -> None:
    suggested = found(name)
    assert (suggested.value, suggested.decided) == (f"ceterms:{kind}", False)


@pytest.mark.parametrize(
    "name",
    ["Certification Prep", "Preparación para la certificación", "Vorbereitung auf die Zertifizierung", "Bee Keeping"],
)
def test_words_that_only_lead_to_a_credential_suggest_none(name: str) -> None:
    assert found(name) == CredentialType(OPEN_BADGE, 0.8, True, ())


def test_hints_together_are_a_suggestion_still() -> None:
    hinted = found("Certified Bee Keeper", category="Certification", expires=TWO_YEARS)
    assert (hinted.value, hinted.decided) == ("ceterms:Certification", False)
    assert hinted.confidence < 0.7
    assert {e.member for e in hinted.evidence} == {"name", "category", "expires"}


def test_expiry_and_owner_alone_are_evidence_for_nothing() -> None:
    assert found(expires=TWO_YEARS, owner=("orgType:Government",)).evidence == ()


def test_a_government_agency_speaks_for_a_license() -> None:
    one, other = found("Bee License"), found("Bee License", owner=("orgType:Government",))
    assert other.confidence > one.confidence
    assert "its owner is a government agency" in {e.says for e in other.evidence}


def test_types_to_choose_from_are_ranked_and_end_with_open_badge() -> None:
    ranked = found("Certified Bee Keeper Diploma", achievement_type="Certificate", alignment=(LICENSE,)).ranked
    assert [each.type for each in ranked][:2] == ["ceterms:License", "ceterms:Certificate"]
    assert ranked[-1].type == OPEN_BADGE
    assert len(ranked) <= MOST_RANKED
    assert all(0 <= each.confidence <= 1 for each in ranked)
    assert [each.confidence for each in ranked[:-1]] == sorted((e.confidence for e in ranked[:-1]), reverse=True)
    assert found().ranked == ((OPEN_BADGE, 0.8),)


def test_of_a_type_too_broad_the_narrower_ones_are_offered() -> None:
    degree = found(achievement_type="Degree")
    assert (degree.value, degree.decided) == (OPEN_BADGE, False)
    assert "ceterms:BachelorDegree" in {each.type for each in degree.ranked}
    assert all(vocabulary.credential_types()[each.type].publishable for each in degree.ranked)


def test_what_an_achievement_type_may_stand_for_is_offered() -> None:
    assert [each.type for each in found(achievement_type="Course").ranked] == [
        "ceterms:CertificateOfCompletion",
        OPEN_BADGE,
    ]


def test_a_rule_decides_whatever_the_badge_says_unless_it_names_no_type() -> None:
    said = found(achievement_type="Certificate")
    chosen = by_rule(said, "License", "Licenses of the guild")
    assert (chosen.value, chosen.confidence, chosen.decided) == ("ceterms:License", 1.0, True)
    assert chosen.evidence[0].says == "rule “Licenses of the guild”"
    assert chosen.ranked[0].type == "ceterms:License"
    assert by_rule(said, "Nonsense", "x") == said
    assert by_rule(said, "Degree", "x") == said


@pytest.mark.parametrize(
    ("members", "question"),
    [
        ({"achievement_type": "Certification"}, {"is_it_a_certificate"}),
        ({"achievement_type": "Certification", "expires": TWO_YEARS}, set()),
        ({"achievement_type": "Certificate", "expires": TWO_YEARS}, {"is_it_a_certification"}),
        ({"achievement_type": "CertificateOfCompletion", "expires": TWO_YEARS}, {"is_it_a_certification"}),
        ({"achievement_type": "Certificate"}, set()),
        ({"achievement_type": "License"}, {"is_the_owner_a_legal_authority"}),
        ({"achievement_type": "License", "owner": ("orgType:Business",)}, {"is_the_owner_a_legal_authority"}),
        ({"achievement_type": "License", "owner": ("orgType:Government", "orgType:Business")}, set()),
        ({"achievement_type": "Badge", "expires": TWO_YEARS}, set()),
        ({"name": "Certified Bee Keeper"}, {"type_undecided"}),
    ],
)
def test_a_type_that_does_not_seem_to_fit_is_asked_about(members: dict[str, Any], question: set[str]) -> None:
    assert asked(**members) == question


def test_a_renewal_answers_whether_it_is_a_certificate() -> None:
    context = Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER)
    found = credential(badge(achievement_type="Certification"), context)
    (question,) = [each for each in found.findings if each.code == "is_it_a_certificate"]
    assert not is_answered(question, found.credential)
    assert is_answered(question, replace(found.credential, renewal_frequency="P2Y"))
    assert not is_answered(question._replace(code="type_undecided"), replace(found.credential, renewal_frequency="P2Y"))


@pytest.mark.parametrize("kind", ["Certification", "Certificate", "License", "Diploma", "BachelorDegree"])
def test_what_issues_its_own_badge_keeps_its_type_and_says_how_the_badge_is_checked(kind: str) -> None:
    context = Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER)
    record = credential(badge(achievement_type=kind), context).credential
    assert record.credential_type == f"ceterms:{kind}"
    assert record.uses_verification_service


def test_the_suggestion_is_ranked_as_sure_as_it_is_said_to_be() -> None:
    kind = found("Certified Crane Operator", category="Certification")
    assert not kind.decided
    assert kind.ranked[0] == (kind.value, kind.confidence)


def test_reasons_for_other_types_are_not_given_as_reasons_for_the_suggested_one() -> None:
    context = Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER)
    welding = badge("Certificate of Welding", achievement_type="CoCurricular")
    (question,) = [f for f in credential(welding, context).findings if f.code == "type_undecided"]
    assert question.message == (
        "This may be of the type Certificate: its name says “certificate”. "
        "For another type: its achievement type is CoCurricular. Choose the credential type."
    )
