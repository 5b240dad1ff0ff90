"""A badge class as a credential record (facts: OB 2.0 BadgeClass and OB 3.0 Achievement to CTDL Credential).

One small step per row of the crosswalk, in modules by what they fill. Each yields the properties it can fill, and with
each where the value comes from; what finds no home is a note. Nothing is invented, nothing dropped in silence. What
the organization's rules say comes last; above it stand only the decisions about the one badge.
"""

from collections.abc import Callable, Iterable
from typing import Any

from mappings.crosswalk import effort, identity, leftovers, offer, requirements, webpages, words
from mappings.crosswalk.alignment import criteria_in_our_words, notes, with_alignments
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType, by_rule, credential_type
from mappings.crosswalk.mapped import Filled, Mapped, Note, Provenance, Required, Result
from mappings.crosswalk.placement import Aligned, moved, placed
from mappings.crosswalk.type_questions import type_and_reasons, type_questions
from mappings.ctdl.ctid import badge_ctid
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import Unreadable, property_value
from mappings.ctdl.shape import by_name, from_properties
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass
from mappings.rules import NO_RULES, NOTHING, Applied, Rules, applied

__all__ = ["STEPS", "VERSION", "Mapped", "Note", "Provenance", "credential", "mapped_with"]

VERSION = 2

Step = Callable[[BadgeClass, Context, CredentialType], Iterable[Result]]

STEPS: tuple[Step, ...] = (
    type_and_reasons,
    words.name,
    words.description,
    webpages.subject_webpage,
    webpages.available_online_at,
    offer.status,
    words.in_language,
    offer.owned_by,
    offer.verification_service,
    webpages.image,
    identity.credential_id,
    identity.identifier,
    identity.human_code,
    identity.other_identifiers,
    identity.same_as,
    identity.version,
    offer.date_effective,
    words.keywords,
    words.subjects,
    effort.audience_level,
    effort.estimated_duration,
    effort.estimated_cost,
    effort.category,
    requirements.criteria_page,
    requirements.criteria_narrative,
    requirements.activities,
    requirements.steps_that_are_badges,
    requirements.required_badges,
    requirements.credits,
    requirements.results,
    offer.expiry,
    identity.related,
    type_questions,
    leftovers.endorsements,
    leftovers.signature,
    leftovers.left_out,
)
"""The rows of the crosswalk, in order. What several fill is joined: later values come after earlier ones."""


def mapped_with(edition: int) -> str:
    """Tells mappings of one crosswalk and one edition of an organization's decisions from all others."""
    return f"crosswalk {VERSION}, edition {edition}"


def credential(badge: BadgeClass, context: Context, rules: Rules = NO_RULES, *, ctid: str | None = None) -> Mapped:
    """Map a badge class. `ctid` is the record's own where it has one already; else it is derived from the owner."""
    owner = context.organization_ctid
    ctid = ctid or (badge_ctid(owner, context.authority, badge.source_id) if owner else None)
    said = applied(rules, badge, connection=context.connection, authority=context.authority) if rules else NOTHING
    kind = credential_type(badge, context.organization_types)
    if said.type:
        kind = by_rule(kind, said.type.value, said.type.rule)
    made = _Made()
    for step in STEPS:
        for result in step(badge, context, kind):
            made.take(result)
    for result in requirements.profile(made.required):
        made.take(result)
    alignments = _aligned(badge, words.spoken(badge, context), said) if badge.alignment else ()
    made.align(alignments)
    if said is not NOTHING:
        made.apply(said, words.spoken(badge, context))
    return Mapped(
        Credential(ctid=ctid, **made.filled),
        kind,
        tuple(made.provenance.values()),
        tuple(made.findings),
        tuple(made.notes),
        mapped_with(context.edition),
        said,
        alignments,
    )


def _aligned(badge: BadgeClass, language: str, said: Applied) -> tuple[Aligned, ...]:
    found = placed(badge.alignment, language)
    if not said.placements:
        return found
    return tuple(
        moved(each, chosen.value, f"placed by the rule “{chosen.rule}”")
        if (chosen := said.placements.get(at))
        else each
        for at, each in enumerate(found)
    )


class _Made:
    """A record while it is being filled."""

    __slots__ = ("filled", "findings", "notes", "provenance", "required")

    def __init__(self) -> None:
        self.filled: dict[str, Any] = {}
        self.provenance: dict[str, Provenance] = {}
        self.required: list[Required] = []
        self.notes: list[Note] = []
        self.findings: list[Finding] = []

    def take(self, result: Result) -> None:
        """Adds what a step has found."""
        if isinstance(result, Filled):
            attribute, value, source = result
            if before := self.provenance.get(source.property):
                value = (*self.filled[attribute], *value)
                rule = f"{before.rule}; {source.rule}"
                source = Provenance(source.property, (*before.members, *source.members), rule)
            self.filled[attribute] = value
            self.provenance[source.property] = source
        elif isinstance(result, Required):
            self.required.append(result)
        elif isinstance(result, Note):
            self.notes.append(result)
        else:
            self.findings.append(result)

    def align(self, alignments: tuple[Aligned, ...]) -> None:
        """Adds the alignments where they stand."""
        self.filled |= with_alignments(self.filled, alignments)
        why: dict[str, dict[str, None]] = {}
        for each in alignments:
            if each.property:
                why.setdefault(each.property, {})[each.why] = None
        for name, reasons in why.items():
            before = self.provenance.get(name)
            members = (*before.members, "alignment") if before else ("alignment",)
            rule = before.rule if before else "; ".join(reasons)
            self.provenance[name] = Provenance(name, members, rule)
        self.notes += notes(alignments)
        self.notes += criteria_in_our_words(self.filled.get("requires", ()))

    def apply(self, said: Applied, language: str) -> None:
        """Puts on top what the organization's rules say of single properties."""
        if said.profile:
            self._set("usesVerificationService", (said.profile.value,), said.profile.rule)
        for name, chosen in said.properties.items():
            if chosen.value is None:
                self.filled.pop(by_name(Credential)[name].attribute, None)
                self.provenance.pop(name, None)
                self.findings = [finding for finding in self.findings if finding.property != name]
                continue
            try:
                read = property_value(name, chosen.value, language)
            except Unreadable as unreadable:
                message = f"The rule “{chosen.rule}” cannot be followed: {unreadable}"
                self.notes.append(Note("rule", "rule_unreadable", message))
                continue
            value = getattr(from_properties(Credential, {name: read}), by_name(Credential)[name].attribute)
            self._set(name, value, chosen.rule)

    def _set(self, name: str, value: Any, rule: str) -> None:
        self.filled[by_name(Credential)[name].attribute] = value
        self.provenance[name] = Provenance(name, (), f"rule “{rule}”")
        self.findings = [finding for finding in self.findings if finding.property != name]
