"""Rules: read with every error told, matched by what a badge says, in order, and purely."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import rule_file
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import credential
from mappings.ctdl.model import EntityReference
from mappings.ctdl.shape import properties
from mappings.open_badges.model import Alignment, BadgeClass, Criteria, Issuer, Validity
from mappings.rule_file import WrongRules
from mappings.rule_words import sentence
from mappings.rules import MEMBERS, NO_RULES, NOTHING, Applied, Chosen, Condition, Placement, Rule, Rules, applied

PROFILE = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
BADGE = BadgeClass(
    id="https://badges.example/7",
    source_id="7",
    name="Crane  Safety, Level Two",
    description="How to work beneath a crane.",
    issuer=Issuer(id="urn:i:1", name="Cedar Harbor", url="https://www.cedarharbor.example"),
    criteria=Criteria(narrative="Pass the test."),
    image="https://images.example/7.png",
    tags=("Safety", "Cranes [heavy]"),
    category="Certification",
    level="Advanced",
    achievement_type="Certificate",
    state="active",
    language="en-GB",
    alignment=(
        Alignment(target_name="Lifting", target_url="https://s.example/l", target_framework="Ports", target_code="L.1"),
        Alignment(target_name="Signals", target_url="https://www.onetonline.org/x", target_framework="O*NET"),
    ),
    expires=Validity(amount="2", unit="years"),
)  # fmt: skip
FULL = (
    """
# Kept by the registrar.

# About safety
[[rule]]
name = "Safety"
when.tag = ["Safety", "* safety"]
when.issuer = "cedar harbor"
unless.name = "*practice*"
then.type = "Certification"
then.set.renewalFrequency = "P3Y"
then.set.dateEffective = 2024-01-02
then.set.keyword = ["one", "two"]
then.leave_out = ["image"]
then.approve = ["description", "image"]

[[rule.align]]
host = "standards.example"
target = "course"
property = "recommends"

# About what never leaves
[[rule]]
name = "Inner \\"circle\\""
when.expires = true
then.skip = true
then.profile = "%s"
then.set.alternateName = "Del \\u007f"
""".lstrip()
    % PROFILE.upper().replace("CE-", "ce-")
)


def read(text: str) -> Rules:
    return rule_file.read(text)


def one(when: str, then: str = 'then.type = "Certification"') -> Rules:
    return read(f'[[rule]]\nname = "One"\n{when}\n{then}\n')


def said_of(rules: Rules) -> Applied:
    return applied(rules, BADGE, connection="Main", authority="badges.example")


def test_a_file_is_read_into_rules_in_its_order() -> None:
    safety, inner = read(FULL).rules

    assert [each.member for each in safety.when] == ["tag", "issuer"]
    assert (safety.type, safety.leave_out, safety.approve) == (
        "ceterms:Certification",
        ("image",),
        ("description", "image"),
    )
    assert safety.set == {"renewalFrequency": "P3Y", "dateEffective": "2024-01-02", "keyword": ["one", "two"]}
    assert safety.align[0].placement == Placement("course", "recommends")
    assert (inner.name, inner.skip, inner.profile) == ('Inner "circle"', True, PROFILE)


def test_a_rule_is_written_so_that_it_is_read_as_it_was() -> None:
    rules = read(FULL)

    assert read("\n".join(map(rule_file.write, rules.rules))) == rules


def test_no_text_is_no_rules_and_no_rules_say_nothing() -> None:
    assert read(" \n# nothing\n") == read("") == NO_RULES
    assert said_of(NO_RULES) is NOTHING


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# one\nrule = 1 2", "Line 2: This is not TOML: "),
        ("rule =", "This is not TOML: Invalid value (at end of document)."),
        ("a = " + "[" * 5000, "Values in the file are nested too deeply."),
        (f"a = {'9' * 5000}", "A number in the file has more digits than anybody reads."),
        ("# " + "x" * 200_001, "longer than 200,000 characters"),
        ("colour = 1", "“colour” is nothing a file of rules has"),
        ("[rule]\nname = 'x'", "Write [[rule]] above each rule"),
        ("[[rule]]\nname = 'x'\n" * 1_001, "There are 1,001 rules"),
        ("rule = [1]", "Rule 1: The rule must be a table"),
    ],
)
def test_a_file_that_holds_no_rules_says_why(text: str, sentence: str) -> None:
    with pytest.raises(WrongRules) as wrong:
        read(text)

    assert sentence in str(wrong.value)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("if.tag = 'x'", "The rule has no “if”: use name, when, unless, then or align."),
        ("when.colour = 'red'", "when has no “colour”: use badge, issuer, connection"),
        ("when.tag = 7", "when.tag must be a text, or a list of texts"),
        ("when.tag = []", "when.tag must be a text, or a list of texts"),
        ("when.tag = ' '", "when.tag must be a text, or a list of texts"),
        (f"when.tag = '{'x' * 501}'", "when.tag may have 200 texts of 500 characters each"),
        ("unless.expires = 'yes'", "unless.expires must be true or false."),
        ("unless = 3", "unless must be a table of badge, issuer"),
        ("then.type = 'Diplomatic'", "then.type must be a credential type"),
        ("then.type = 7", "then.type must be a credential type"),
        ("then.set.colour = 'red'", "then.set: colour is not a property of Credential."),
        ("then.set.image = 'nowhere'", "then.set: image must be an absolute address"),
        ("then.set.dateEffective = 2024-01-02T00:00:00Z", "then.set: dateEffective must be"),
        ("then.set.credentialType = 'Badge'", "then.set.credentialType: use then.type for that."),
        ("then.set.usesVerificationService = 'x'", "use then.profile for that."),
        ("then.set = 3", "then.set must name properties"),
        ("then.leave_out = ['colour']", "then.leave_out: colour is not a property of Credential."),
        ("then.leave_out = 3", "then.leave_out must be a list of properties"),
        ("then.set.image = 'https://x.example'\nthen.leave_out = 'image'", "then.set gives image a value, and"),
        ("then.skip = false", "then.skip can only be true."),
        ("then.profile = 'ce-1'", "then.profile must be the CTID of a verification service profile"),
        ("then.approve = ['*']", "then.approve: * is not a property of Credential."),
        ("then.colour = 1", "then has no “colour”: use type, set,"),
        ("[rule.align]\nname = 'x'", "Write [[rule.align]] with two brackets"),
        ("[[rule.align]]\nname = 'x'", "align.target must be one of competency,"),
        ("[[rule.align]]\ntarget = 'course'", "align needs a condition: framework, host"),
        ("[[rule.align]]\nname = 'x'\ncolour = 1\ntarget = 'course'", "align has no “colour”"),
        ("[[rule.align]]\nname = 'x'\ntarget = 'industry'\nproperty = 'requires'", "“requires” does not fit"),
        ("[[rule.align]]\nname = 'x'\ntarget = 'course'\ntype = 'Badge'", "target course: leave it out"),
        ("[[rule.align]]\nname = 'x'\ntarget = 'course'\ntype = ['Badge']", "target course: leave it out"),
        (f"then.set.{'a.' * 3000}b = 1", "then.set: a is nested too deeply."),
        ("[[rule.align]]\nname = ['x', 3]\ntarget = 'course'", "name must be a text, or a list of texts"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_rule_is_said_with_its_name_and_line(lines: str, sentence: str) -> None:
    before = "[[rule]]\nname = 'First'\nwhen.name = '*'\nthen.skip = true\n"
    with pytest.raises(WrongRules) as wrong:
        read(f"{before}[[rule]]\nname = 'Second'\nwhen.state = 'active'\n{lines}\n")

    said = "\n".join(wrong.value.problems)
    assert sentence in said
    assert all(": Rule 2 “Second”: " in each for each in wrong.value.problems)
    assert set(wrong.value.lines) <= set(range(5, 9 + lines.count("\n")))


def test_each_error_names_the_line_it_is_about() -> None:
    text = """\
        [[rule]]
        name = "One"
        when.colour = "red"
        when.tag = 3
        then.type = "Diplomatic"
        then.set.image = "nowhere"
        then.colour = 1
        [[rule.align]]
        name = "x"
        target = "nothing"
        [[rule]]
        when.tag = "x"
        """
    with pytest.raises(WrongRules) as wrong:
        read(text)

    assert sorted(line or 0 for line in wrong.value.lines) == [3, 4, 5, 6, 7, 10, 11, 11]


def test_a_rule_needs_a_name_of_its_own_a_condition_and_something_to_say() -> None:
    with pytest.raises(WrongRules) as wrong:
        read("[[rule]]\n[[rule]]\nname = 'A'\nwhen.tag = 'x'\nthen.skip = true\n[[rule]]\nname = 'A'\nthen = 3")

    said = "\n".join(wrong.value.problems)
    assert "Line 1: Rule 1: It needs a name" in said
    assert 'Line 1: Rule 1: It has no condition. For a rule about every badge, say when.name = "*".' in said
    assert "Line 1: Rule 1: It says nothing." in said
    assert "Line 6: Rule 3 “A”: An earlier rule is called “A” too" in said
    assert "Line 8: Rule 3 “A”: then must be a table of type" in said


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("when.badge = '7'", True),
        ("when.badge = 'https://badges.example/7'", True),
        ("when.badge = '77'", False),
        ("when.issuer = 'urn:i:1'", True),
        ("when.issuer = 'https://www.cedarharbor.example'", True),
        ("when.issuer = 'CEDAR harbor'", True),
        ("when.issuer = 'Cedar'", False),
        ("when.connection = 'main'", True),
        ("when.connection = 'Other'", False),
        ("when.platform = 'badges.example'", True),
        ("when.tag = 'safety'", True),
        ("when.tag = 'safe'", False),
        ("when.tag = 'safe*'", True),
        ("when.tag = 'saf?ty'", True),
        ("when.tag = 'saf?'", False),
        ("when.tag = 'Cranes [heavy]'", True),
        ("when.tag = 'Cranes [*'", True),
        ("when.tag = 'Cranes [hx]*'", False),
        ("when.tag = ['nothing', 'SAFETY']", True),
        ("when.name = 'crane safety, level two'", True),
        ("when.name = '*safety*'", True),
        ("when.name = '*'", True),
        ("when.category = 'certification'", True),
        ("when.level = 'advanced'", True),
        ("when.achievement_type = 'certificate'", True),
        ("when.state = 'archived'", False),
        ("when.language = 'en*'", True),
        ("when.framework = 'o[*]net'", False),
        ("when.framework = 'O*NET'", True),
        ("when.alignment = 'https://s.example/*'", True),
        ("when.alignment = 'Signals'", True),
        ("when.expires = true", True),
        ("when.expires = false", False),
        ("when.tag = 'safety'\nwhen.level = 'advanced'", True),
        ("when.tag = 'safety'\nwhen.level = 'basic'", False),
        ("when.tag = 'safety'\nunless.name = '*two'", False),
        ("when.tag = 'safety'\nunless.name = '*three'\nunless.level = 'basic'", True),
        ("when.tag = 'safety'\nunless.name = '*three'\nunless.expires = true", False),
    ],
)
def test_a_rule_holds_by_what_the_badge_says(when: str, holds: bool) -> None:
    assert (said_of(one(when)).type is not None) is holds


def test_a_badge_that_lacks_a_member_fits_no_condition_on_it_not_even_a_star() -> None:
    bare = BadgeClass(id="x", source_id="x", name="")

    for member in MEMBERS.keys() - {"badge", "expires"}:
        assert applied(one(f"when.{member} = '*'"), bare) is NOTHING, member
    assert applied(one("when.expires = false"), bare).type


def test_the_first_rule_that_says_something_about_a_thing_counts() -> None:
    rules = read("""
        [[rule]]
        name = "A"
        when.tag = "safety"
        then.set.renewalFrequency = "P1Y"
        then.approve = ["image"]
        [[rule.align]]
        name = "Lifting"
        target = "skip"

        [[rule]]
        name = "B"
        when.name = "*"
        then.type = "License"
        then.leave_out = ["renewalFrequency", "image"]
        then.approve = ["image", "description"]
        [[rule.align]]
        framework = ["Ports", "O*NET"]
        target = "course"

        [[rule]]
        name = "C"
        when.expires = true
        then.type = "Badge"
        then.skip = true
        then.set.image = "https://x.example/i.png"
    """)

    said = said_of(rules)

    assert said.type == Chosen("ceterms:License", "B")
    assert said.properties == {"renewalFrequency": Chosen("P1Y", "A"), "image": Chosen(None, "B")}
    assert said.placements == {0: Chosen(Placement("skip"), "A"), 1: Chosen(Placement("course"), "B")}
    assert (said.skip, said.profile) == ("C", None)
    assert said.approved == {"image": "A", "description": "B"}


@pytest.mark.parametrize(
    ("condition", "placed"),
    [
        ("framework = 'ports'", [0]),
        ("host = 'www.onetonline.org'", [1]),
        ("host = '*.org'", [1]),
        ("url = 'https://s.example/*'", [0]),
        ("name = ['lifting', 'signals']", [0, 1]),
        ("code = 'l.1'", [0]),
        ("target_type = '*'", []),
        ("code = 'l.1'\nname = 'Signals'", []),
    ],
)
def test_alignments_are_placed_by_their_own_members(condition: str, placed: list[int]) -> None:
    rules = one("when.tag = 'safety'", f"[[rule.align]]\n{condition}\ntarget = 'course'")

    assert list(said_of(rules).placements) == placed


def test_the_crosswalk_does_what_rules_say_and_names_them() -> None:
    rules = read("""
        [[rule]]
        name = "Safety"
        when.tag = "safety"
        then.type = "License"
        then.set.renewalFrequency = "P3Y"
        then.set.alternateName = "Riggers"
        then.leave_out = ["image"]
    """)

    mapped = credential(BADGE, Context(authority="badges.example", platform_name="Badges"), rules)

    source = {each.property: each.rule for each in mapped.provenance}
    assert mapped.credential.credential_type == "ceterms:License"
    assert mapped.credential.renewal_frequency == "P3Y"
    assert mapped.credential.alternate_name == {"en-GB": ("Riggers",)}
    assert mapped.credential.image is None
    assert "image" not in source
    for name in ("credentialType", "renewalFrequency", "alternateName"):
        assert "rule “Safety”" in source[name]


def test_the_crosswalk_places_alignments_and_names_the_profile_as_rules_say() -> None:
    rules = read(f"""
        [[rule]]
        name = "Ports"
        when.framework = "Ports"
        then.profile = "{PROFILE}"
        [[rule.align]]
        framework = "Ports"
        target = "course"
        property = "recommends"
        [[rule.align]]
        framework = "O*NET"
        target = "skip"
    """)
    context = Context(authority="badges.example", platform_name="Badges", organization_ctid=PROFILE.replace("5d", "6d"))

    mapped = credential(BADGE, context, rules)

    (profile,) = mapped.credential.recommends
    (course,) = profile.target_learning_opportunity
    assert isinstance(course, EntityReference)
    assert course.name == {"en-GB": "Lifting"}
    assert mapped.credential.occupation_type == ()
    assert mapped.credential.uses_verification_service == (PROFILE,)


def test_a_rule_is_told_in_words() -> None:
    safety, inner = read(FULL).rules

    assert sentence(safety) == (
        "When a tag is “Safety” or “* safety” and the issuer is “cedar harbor”, unless the name has “practice” in it, "
        "then the type is Certification; Renewal Frequency is “P3Y”; Date Effective is “2024-01-02”; "
        "Keywords is “one” and “two”; Image stays empty; "
        "an alignment of which the host is “standards.example” is a Course under Recommendations; "
        "and a change of Credential Description or Image needs no approval."
    )
    assert sentence(inner).startswith("When an award of it expires, then the badge is left out; ")


def test_a_file_is_changed_rule_by_rule_and_keeps_its_comments() -> None:
    safety, inner = read(FULL).rules
    more = Rule("More", (Condition("tag", ("x",)),), skip=True)

    assert read(rule_file.with_rule(FULL, more)).rules == (safety, inner, more)
    assert rule_file.with_rule("", more) == rule_file.write(more)
    assert rule_file.with_rule(FULL, more).startswith(FULL.rstrip())
    swapped = rule_file.swapped(FULL, 0)
    assert swapped is not None
    assert read(swapped).rules == (inner, safety)
    assert swapped.startswith("# Kept by the registrar.\n\n# About what never leaves\n[[rule]]")
    assert rule_file.swapped(swapped, 0) == FULL
    left = rule_file.without(FULL, 1)
    assert left is not None
    assert read(left).rules == (safety,)
    assert "About what never leaves" not in left
    assert rule_file.without(rule_file.write(more), 0) == ""


def test_a_file_written_in_a_way_of_its_own_is_left_to_a_person() -> None:
    text = "rule = [{name = 'A', when.tag = 'x', then.skip = true}, {name = 'B', when.tag = 'y', then.skip = true}]"

    assert len(read(text).rules) == 2
    assert rule_file.swapped(text, 0) is None
    assert rule_file.without(text, 0) is None


words = st.text(max_size=30)
maybe = st.none() | words
alignments = st.builds(Alignment, **dict.fromkeys(Alignment.__slots__, maybe))
badges = st.builds(
    BadgeClass,
    id=words,
    source_id=words,
    name=words,
    issuer=st.none() | st.builds(Issuer, id=words, name=maybe, url=maybe),
    tags=st.lists(words, max_size=4).map(tuple),
    alignment=st.lists(alignments, max_size=3).map(tuple),
    **dict.fromkeys(("category", "level", "achievement_type", "state", "language"), maybe),
)
EVERYTHING = read(
    "\n".join(
        f"[[rule]]\nname = '{member}{number}'\nwhen.{member} = {text}\nthen.leave_out = 'image'\n"
        "[[rule.align]]\nhost = '*'\ntarget = 'skip'\n[[rule.align]]\nname = ['*a*', '?']\ntarget = 'course'\n"
        for member in MEMBERS.keys() - {"expires"}
        for number, text in enumerate(("'*'", "'?*[a-z]*?'", "['a', '*b*']"))
    )
)


@settings(max_examples=60, deadline=None, database=None)
@given(badge=badges, connection=words, authority=words)
def test_rules_never_raise_and_say_the_same_of_the_same_badge(
    badge: BadgeClass, connection: str, authority: str
) -> None:
    before = deepcopy(badge)

    first = applied(EVERYTHING, badge, connection=connection, authority=authority)

    assert applied(EVERYTHING, badge, connection=connection, authority=authority) == first
    assert badge == before


@settings(max_examples=40, deadline=None, database=None)
@given(badge=badges)
def test_every_badge_is_mapped_by_rules_without_an_exception(badge: BadgeClass) -> None:
    rules = read("""
        [[rule]]
        name = "All"
        when.expires = false
        then.type = "License"
        then.set.alternateName = "Other"
        then.set.renewalFrequency = "P3Y"
        then.leave_out = ["name"]
        [[rule.align]]
        name = "*a*"
        target = "quality_assurance"
        [[rule.align]]
        name = "*"
        target = "credential"
        property = "isPreparationFor"
        type = "Badge"
    """)

    mapped = credential(badge, Context(authority="badges.example", platform_name="Badges"), rules)

    assert mapped.credential.renewal_frequency == "P3Y"
    assert mapped.credential.name is None
    assert {each.property for each in mapped.provenance} == properties(mapped.credential).keys()


texts = st.text(min_size=1, max_size=20).map(lambda text: text.replace("\r", "")).filter(str.strip)
values: st.SearchStrategy[Any] = texts | st.lists(texts, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None, database=None)
@given(name=texts.filter(str.isprintable), asked=st.lists(texts, min_size=1, max_size=3), value=values)
def test_whatever_a_person_types_into_a_rule_is_read_back(name: str, asked: list[str], value: Any) -> None:
    rule = Rule(
        name.strip(), (Condition("tag", tuple(asked)),), (Condition("name", ("*",)),), set={"keyword": value}, skip=True
    )

    assert read(rule_file.write(rule)).rules == (rule,)


def test_many_wildcards_in_a_long_text_take_no_time_to_speak_of() -> None:
    hostile = Condition("name", ("*a" * 200 + "b",))

    assert not hostile.holds(["a" * 20_000])
