"""The alignments of a badge written into its record, and moved there to where somebody has placed them.

Each condition profile keeps what it says: an alignment adds to a profile or has one of its own, and takes back only
what it added.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from mappings.crosswalk.mapped import Mapped, Note, Provenance
from mappings.crosswalk.own_record import registry_ctid, stated_type
from mappings.crosswalk.placement import (
    CONNECTIONS,
    MATCH,
    SKIP,
    STATED_TYPE,
    TARGETS,
    Aligned,
    Node,
    Target,
    can_be_moved,
    is_assumed,
    is_twin,
    key,
    keys,
    moved,
)
from mappings.crosswalk.text import single_line
from mappings.ctdl.model import ConditionProfile, Credential, CredentialAlignmentObject, altered
from mappings.ctdl.reading import is_url
from mappings.ctdl.shape import by_name
from mappings.open_badges.model import Alignment
from mappings.rules import Placement

__all__ = [
    "CONNECTIONS",
    "MATCH",
    "SKIP",
    "TARGETS",
    "Aligned",
    "Target",
    "can_be_moved",
    "criteria_in_our_words",
    "key",
    "keys",
    "notes",
    "realigned",
    "with_alignments",
]

CRITERIA = "Open Badges Criteria"
CRITERIA_IN_OUR_WORDS = "What the issuer asks of earners of this badge."
ALIGNMENT = "Open Badges Alignment"
OCCUPATIONS = "Occupations"
IN_OUR_WORDS: Mapping[str, str] = {
    "requires": CRITERIA_IN_OUR_WORDS,
    "recommends": "What the issuer recommends to have before earning this badge.",
    "corequisite": "What is earned together with this badge.",
    "coPrerequisite": "What is needed before this badge or along with it.",
    "advancedStandingFrom": "What gives advanced standing for this badge.",
    "isAdvancedStandingFor": "What this badge gives advanced standing for.",
    "isPreparationFor": "What this badge prepares for.",
    "isRecommendedFor": "What this badge is recommended for.",
    "isRequiredFor": "What this badge is required for.",
    "preparationFrom": "What prepares for this badge.",
}
"""The sentence that the Registry asks of a profile whose source has none."""


def realigned(mapped: Mapped, placements: Mapping[str, Placement], by: Mapping[str, str] | None = None) -> Mapped:
    """The mapping with alignments where `placements` puts them, by key; all else is as it was.

    `by` says in words, by key as well, who placed an alignment. Keys that the badge does not have count for nothing.
    """
    words = by or {}
    after = tuple(
        moved(each, placements[each.key], words.get(each.key, "placed by hand")) if each.key in placements else each
        for each in mapped.alignments
    )
    changes = [(old, new) for old, new in zip(mapped.alignments, after, strict=True) if old != new]
    if not changes:
        return mapped
    held = _Held(mapped.credential)
    for old, _ in changes:
        held.remove(old)
    held.add(each for each in after if each not in mapped.alignments or _was_taken_with(each, changes))
    credential = altered(mapped.credential, **held.changed)
    old_notes = {*notes(mapped.alignments), *criteria_in_our_words(mapped.credential.requires)}
    return replace(
        mapped,
        credential=credential,
        provenance=_provenance(mapped, after, changes, held.changed),
        notes=tuple(note for note in mapped.notes if note not in old_notes)
        + notes(after)
        + criteria_in_our_words(credential.requires),
        alignments=after,
    )


def _was_taken_with(aligned: Aligned, changes: list[tuple[Aligned, Aligned]]) -> bool:
    """Whether what the alignment had written went with that of a twin which has moved."""
    return any((old.property, old.node) == (aligned.property, aligned.node) for old, _ in changes)


def with_alignments(filled: Mapping[str, Any], alignments: Iterable[Aligned]) -> dict[str, Any]:
    """The attributes of a credential that alignments add to, given those it has already."""
    held = _Held(filled)
    held.add(alignments)
    return held.changed


class _Held:
    """The attributes of a credential while alignments are taken out of it and put into it."""

    def __init__(self, before: Credential | Mapping[str, Any]) -> None:
        self.before = before
        self.changed: dict[str, Any] = {}

    def add(self, alignments: Iterable[Aligned]) -> None:
        """Writes the alignments where they stand, what is there already no second time."""
        places: dict[_Place, list[Node]] = {}
        for each in alignments:
            if each.property is not None and each.node is not None:
                nodes = places.setdefault(_place(each.property, each.target), [])
                if not is_twin(each) or each.node not in nodes:
                    nodes.append(each.node)
        for place, nodes in places.items():
            values = self._values(place.attribute)
            if place.slot is None:
                if more := _not_in(values, nodes):
                    self.changed[place.attribute] = (*values, *more)
                continue
            at = next((i for i, each in enumerate(values) if place.called in (each.name or {}).values()), len(values))
            profile = values[at] if at < len(values) else _new_profile(place.property, place.called)
            held = getattr(profile, place.slot)
            if more := _not_in(held, nodes):
                with_more = altered(profile, **{place.slot: (*held, *more)})
                self.changed[place.attribute] = (*values[:at], with_more, *values[at + 1 :])

    def remove(self, aligned: Aligned) -> None:
        """Takes back what the alignment had written, and the profile that then says nothing more."""
        if aligned.property is None or aligned.node is None:
            return
        attribute, slot, *_ = _place(aligned.property, aligned.target)
        values = self._values(attribute)
        if slot is None:
            if aligned.node in values:
                self.changed[attribute] = _without(values, aligned.node)
            return
        for at, profile in enumerate(values):
            if aligned.node in getattr(profile, slot):
                left = altered(profile, **{slot: _without(getattr(profile, slot), aligned.node)})
                kept = () if _says_nothing(aligned.property, left) else (left,)
                self.changed[attribute] = (*values[:at], *kept, *values[at + 1 :])
                return

    def _values(self, attribute: str) -> Any:
        if attribute in self.changed:
            return self.changed[attribute]
        if isinstance(self.before, Credential):
            return getattr(self.before, attribute)
        return self.before.get(attribute, ())


class _Place(NamedTuple):
    """The credential's attribute that an alignment stands in, and that of the profile called so which names it."""

    attribute: str
    slot: str | None
    called: str
    property: str


@cache
def _place(name: str, target: str) -> _Place:
    within = TARGETS[target].within
    slot = by_name(ConditionProfile)[within].attribute if within else None
    profile = CRITERIA if name == "requires" else ALIGNMENT
    called = OCCUPATIONS if target == "occupation_target" else profile
    return _Place(by_name(Credential)[name].attribute, slot, called, name)


def _new_profile(name: str, called: str) -> ConditionProfile:
    return ConditionProfile(name={"en-US": called}, description={"en-US": IN_OUR_WORDS[name]})


def _says_nothing(name: str, profile: ConditionProfile) -> bool:
    return any(profile == _new_profile(name, called) for called in (CRITERIA, ALIGNMENT, OCCUPATIONS))


def _not_in(values: tuple[Any, ...], nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node not in values] if values else nodes


def _without(values: tuple[Any, ...], node: Node) -> tuple[Any, ...]:
    return tuple(each for each in values if each != node)


def _provenance(
    mapped: Mapped, after: tuple[Aligned, ...], changes: list[tuple[Aligned, Aligned]], changed: Mapping[str, Any]
) -> tuple[Provenance, ...]:
    """Where the values of the touched properties come from now, with who moved an alignment there."""
    found = {source.property: source for source in mapped.provenance}
    still = {each.property for each in after}
    arrived: dict[str, list[str]] = {}
    for _, new in changes:
        if new.property:
            arrived.setdefault(new.property, []).append(f"“{called(new.alignment)}” {new.why}")
    for name, attribute in by_name(Credential).items():
        if attribute.attribute not in changed:
            continue
        if not changed[attribute.attribute]:
            found.pop(name, None)
            continue
        source = found.get(name, Provenance(name, (), ""))
        members = tuple(member for member in source.members if member != "alignment")
        if name in still:
            members += ("alignment",)
        rule = "; ".join(filter(None, [source.rule, *arrived.get(name, ())]))
        found[name] = Provenance(name, members, rule)
    return tuple(found.values())


def criteria_in_our_words(requires: tuple[ConditionProfile, ...]) -> tuple[Note, ...]:
    """Says where the sentence on how the badge is earned is ours, since the badge has none."""
    if not any((each.description or {}).get("en-US") == CRITERIA_IN_OUR_WORDS for each in requires):
        return ()
    message = f"The badge does not say how it is earned. The Registry needs a sentence: {CRITERIA_IN_OUR_WORDS}"
    return (Note("criteria", "criteria_in_our_words", message),)


def notes(alignments: tuple[Aligned, ...]) -> tuple[Note, ...]:
    """What is to be said of alignments: what was left out, what was assumed, what stands elsewhere than it seems."""
    found = [note for each in alignments if not _stands_as_given(each) for note in _notes(each)]
    assumed = [called(each.alignment) for each in alignments if is_assumed(each)]
    if assumed:
        taken = (
            "alignment was taken for a competency" if len(assumed) == 1 else "alignments were taken for competencies"
        )
        message = f"{len(assumed)} {taken}, for want of a better place: {', '.join(assumed)}."
        found.append(Note("alignment", "alignment_by_default", message))
    return tuple(found)


def _stands_as_given(aligned: Aligned) -> bool:
    """Whether nothing is to be said of it, as of most: it is written with the address that it has."""
    node = aligned.node
    return isinstance(node, CredentialAlignmentObject) and node.target_node == aligned.alignment.target_url


def _notes(aligned: Aligned) -> Iterable[Note]:
    alignment = aligned.alignment
    if aligned.target == MATCH:
        target = alignment.target_url or alignment.target_code or called(alignment)
        message = f"The badge already points to a record in the Registry: {target}."
        yield Note("alignment", "points_to_the_registry", message)
    elif aligned.target == STATED_TYPE:
        term = stated_type(alignment)
        yield Note(
            "alignment", "alignment_states_type", f"It is aligned to the CTDL term {term.label if term else ''}."
        )
    elif not can_be_moved(aligned):
        message = "An alignment has neither a name nor a web address and was not taken over:"
        yield Note("alignment", "alignment_without_target", f"{message} {_all_of(alignment) or 'it says nothing'}.")
    elif aligned.target == SKIP:
        yield Note(
            "alignment", "alignment_skipped", f"An alignment was left out ({aligned.why}): {_all_of(alignment)}."
        )
    elif aligned.node is None:
        what = TARGETS[aligned.target].label.lower()
        message = f"An alignment cannot be named as {what} without a name and a web page, and was left out:"
        yield Note("alignment", "alignment_without_page", f"{message} {_all_of(alignment)}.")
    else:
        yield from _notes_of_written(aligned, aligned.node)


def _notes_of_written(aligned: Aligned, node: Node) -> Iterable[Note]:
    alignment, ctid = aligned.alignment, registry_ctid(aligned.alignment)
    if isinstance(node, str) or (
        isinstance(node, CredentialAlignmentObject) and ctid and node.target_node != alignment.target_url
    ):
        message = f"An alignment is linked to the record {ctid} of the Registry: {_all_of(alignment)}."
        yield Note("alignment", "linked_to_the_registry", message)
        return
    if alignment.target_url and not is_url(alignment.target_url):
        message = f"The alignment “{called(alignment)}” is kept by its name: {alignment.target_url} is no web address."
        yield Note("alignment", "not_an_address", message)
    if not isinstance(node, CredentialAlignmentObject):
        framework = single_line(alignment.target_framework or "")
        if framework and not node.identifier:
            message = f"The framework of the alignment “{called(alignment)}” has no place in the record: {framework}."
            yield Note("alignment", "framework_kept_out", message)
        if aligned.target == "credential" and (alignment.target_type or "").endswith(":Credential"):
            message = f"Which type of credential “{called(alignment)}” is, is not said: it is named as a certification."
            yield Note("alignment", "alignment_type_assumed", message)


def called(alignment: Alignment) -> str:
    """What to call an alignment in a sentence."""
    return single_line(alignment.target_name or "") or alignment.target_url or alignment.target_code or "unnamed"


def _all_of(alignment: Alignment) -> str:
    said = (getattr(alignment, name) for name in alignment.__slots__)
    return ", ".join(" ".join(text.split()) for text in said if text)
