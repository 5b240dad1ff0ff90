"""Rules over the records of an organization: what was previewed is what happens, kept, taken back, explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from connector.connections import accounts as connections
from connector.credentials import decisions, queries, remap, rules
from connector.credentials.decided import decided_by
from connector.credentials.records import APPROVED_BY_RULE
from connector.credentials.rules import Preview
from connector.credentials.tables import revision, rule_book
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.settings import Settings
from connector.sync.carry_out import sync
from mappings.rule_file import read

BY = "registrar@cedarharbor.example"
PRICE = '[[rule]]\nname = "Renewed"\nwhen.name = "*safety*"\nthen.set.renewalFrequency = "P3Y"\n'
SKIPPED = '[[rule]]\nname = "Inner circle"\nwhen.name = "*two*"\nthen.skip = true\n'
ALL_RENEWED = '[[rule]]\nname = "All"\nwhen.name = "*"\nthen.set.renewalFrequency = "P1Y"\n'


@dataclass(frozen=True)
class Ruled:
    """An organization with thirty badges of a practice platform, those that are complete approved."""

    opened: Opened
    organization: int
    platform: PracticeCredly
    account: int

    def preview(self, text: str) -> Preview:
        with self.opened.database.reading() as connection:
            return rules.preview(connection, self.organization, text)

    def save(self, text: str, seen: str | None = None) -> Preview:
        with self.opened.database.transaction() as connection:
            return rules.save(connection, self.organization, text, seen=seen, by=BY)

    def sync(self) -> None:
        run = sync(
            self.opened.database, self.opened.settings, self.account, by=BY, accept_gone=False, report=lambda _: None
        )
        assert run.state == "complete"

    def standing(self) -> dict[str, tuple[Any, ...]]:
        """What is stored of each record."""
        with self.opened.database.reading() as connection:
            found = queries.listed(connection, queries.where(organization=self.organization))
            rows = [each.sourced.row for each in found]
        return {row.id: (row.content_hash, row.approved_hash, row.skipped_by, row.mapped_with) for row in rows}

    def records(self) -> dict[str, queries.Listed]:
        with self.opened.database.reading() as connection:
            found = queries.listed(connection, queries.where(organization=self.organization))
            return {each.sourced.row.id: each for each in found}

    def outdated(self) -> int:
        with self.opened.database.reading() as connection:
            return remap.outdated(connection, self.organization)


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Ruled]:
    """Thirty badges, synced and approved."""
    college, templates = cedar_harbor_college()
    public = [each for each in templates if each["state"] != "draft" and each["public"]]
    chosen = [*(each for each in public if "safety" in each["name"].casefold()), *public][:30]
    with PracticeCredly(college, [dict(each) for each in {each["id"]: each for each in chosen}.values()]) as platform:
        url = f"sqlite:///{tmp_path / 'ruled.db'}"
        this = prepared(Settings(database_url=url, allowed_private_hosts="127.0.0.1"))
        secrets = {"authorization_token": str(platform.token)}
        fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
        adapter = connections.configured("credly", {**fields, "requests_per_minute": 6000}, secrets, this.settings)
        with this.database.transaction() as connection:
            owner = organizations.add(
                connection,
                name="Cedar Harbor",
                ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
                website="https://www.cedarharbor.example",
                description="A two-year college on the harbor.",
            )
            account = connections.connect(
                connection, this.keys, organization_id=owner.id, name="Main", adapter=adapter, given=secrets, by=BY
            )
        found = Ruled(this, owner.id, platform, account.id)
        found.sync()
        with this.database.transaction() as connection:
            decisions.approve_all_ready(connection, owner.id, by=BY)
        yield found
        this.database.close()


def test_what_was_previewed_is_what_happens_and_nothing_happens_before(ruled: Ruled) -> None:
    before = ruled.standing()

    foreseen = ruled.preview(PRICE + SKIPPED)

    assert ruled.standing() == before
    safety = {key for key, each in ruled.records().items() if "safety" in each.sourced.row.name.casefold()}
    assert {each.id for each in foreseen.changing} == safety
    assert foreseen.sentence.startswith(f"{len(safety)} records change, ")
    losing = {each.id for each in foreseen.losing}
    assert losing == {each for each in safety if before[each][1]}
    done = ruled.save(PRICE + SKIPPED, foreseen.seen)
    assert done == foreseen
    after = ruled.standing()
    assert {each for each in after if after[each][0] != before[each][0]} == safety
    assert {each for each in after if after[each][1] not in (None, after[each][0])} == losing
    assert {each.id: after[each.id][0] for each in foreseen.changing} == {
        each.id: each.content_hash for each in foreseen.changing
    }
    assert {each for each in after if after[each][2]} == {each.id for each in foreseen.skipped}
    assert len({mapped_with for *_, mapped_with in after.values()}) == 1
    assert ruled.outdated() == 0


def test_each_rule_says_for_how_many_badges_it_holds(ruled: Ruled) -> None:
    foreseen = ruled.preview(ALL_RENEWED + SKIPPED + SKIPPED.replace("circle", "ring").replace("two", "no such name"))

    assert [each.badges for each in foreseen.rules][::2] == [30, 0]


def test_records_that_rules_leave_alone_get_no_revision_and_keep_their_approval(ruled: Ruled) -> None:
    def revisions() -> int:
        with ruled.opened.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(revision)).scalar_one())

    before, standing = revisions(), ruled.standing()

    done = ruled.save(PRICE)

    assert revisions() - before == len(done.losing)
    untouched = standing.keys() - {each.id for each in done.affected}
    assert untouched
    assert all(ruled.standing()[each][:3] == standing[each][:3] for each in untouched)


def test_a_preview_is_stale_once_the_records_it_changes_have_changed(ruled: Ruled) -> None:
    foreseen = ruled.preview(ALL_RENEWED)
    with ruled.platform.lock:
        ruled.platform.templates[0]["name"] = "Called something else meanwhile"
    ruled.sync()
    before = ruled.standing()

    with pytest.raises(Problem) as refused:
        ruled.save(ALL_RENEWED, foreseen.seen)

    assert refused.value.code == "changed_while_you_looked"
    assert ruled.standing() == before
    with ruled.opened.database.reading() as connection:
        assert rules.book(connection, ruled.organization).number == 0
    assert ruled.save(ALL_RENEWED, ruled.preview(ALL_RENEWED).seen).changing


def test_every_book_is_kept_and_an_earlier_one_can_be_had_again(ruled: Ruled) -> None:
    before = {key: each[0] for key, each in ruled.standing().items()}
    ruled.save(PRICE)
    ruled.save("")

    with ruled.opened.database.reading() as connection:
        history = rules.history(connection, ruled.organization)
        first = rules.earlier(connection, ruled.organization, 1)
        with pytest.raises(Problem, match="no rules with the number 7"):
            rules.earlier(connection, ruled.organization, 7)
    assert [(each.number, each.text, each.made_by) for each in history] == [(2, "", BY), (1, PRICE, BY)]
    assert {key: each[0] for key, each in ruled.standing().items()} == before
    ruled.save(first.text)
    assert {key: each[0] for key, each in ruled.standing().items()} != before


def test_saving_the_rules_in_force_changes_nothing(ruled: Ruled) -> None:
    ruled.save(PRICE)
    before = ruled.standing()

    assert ruled.save(PRICE.replace("\n", "\r\n")).affected == ()
    assert ruled.save(f"\ufeff{PRICE}").affected == ()
    assert ruled.standing() == before


def test_a_value_says_which_rule_it_comes_from(ruled: Ruled) -> None:
    ruled.save(ALL_RENEWED)

    for each in ruled.records().values():
        source = {found.property: found.rule for found in each.sourced.content.provenance}
        assert "rule “All”" in source["renewalFrequency"]


def test_badges_that_are_synced_later_follow_the_rules(ruled: Ruled) -> None:
    ruled.save(ALL_RENEWED)
    with ruled.platform.lock:
        ruled.platform.templates[0]["name"] = "Changed after the rules"
    ruled.sync()

    (changed,) = [e for e in ruled.records().values() if e.sourced.row.name == "Changed after the rules"]
    assert changed.sourced.content.properties["renewalFrequency"] == "P1Y"
    assert changed.sourced.row.mapped_with == changed.sourced.mapped.mapped_with


def test_what_was_mapped_by_older_rules_is_seen_and_mended_by_mapping_again(ruled: Ruled) -> None:
    ruled.save(ALL_RENEWED)
    with ruled.opened.database.transaction() as connection:
        # As a worker leaves it that has begun before the rules were saved.
        older = replace(decided_by(connection, ruled.organization), rules=read(""), edition=0)
        which = rules.record.c.organization_id == ruled.organization
        remap.map_again(connection, which, by=BY, dry_run=False, decided=older)
    assert ruled.outdated() == 30

    with ruled.opened.database.transaction() as connection:
        affected = remap.remap(connection, ruled.organization, by=BY, dry_run=False)

    assert len(affected) == 30
    assert ruled.outdated() == 0
    assert {each.sourced.content.properties["renewalFrequency"] for each in ruled.records().values()} == {"P1Y"}
    assert {key: each[0] for key, each in ruled.standing().items()} == {
        key: each.sourced.content.hash for key, each in ruled.records().items()
    }


def test_a_profile_of_nobody_and_a_file_that_cannot_be_read_are_refused(ruled: Ruled) -> None:
    strange = PRICE + 'then.profile = "ce-00000000-0000-4000-8000-000000000000"\n'
    with pytest.raises(Problem, match="is none of the organization's profiles") as refused:
        ruled.save(strange)
    assert refused.value.code == "rules_unreadable"

    with pytest.raises(Problem) as refused:
        ruled.preview("[[rule]]\nname = 'A'\nwhen.colour = 'red'\nthen.colour = 'blue'\n")
    assert set(refused.value.fields) == {"line 3", "line 4"}


def test_a_rule_leaves_badges_out_until_it_goes(ruled: Ruled) -> None:
    done = ruled.save(ALL_RENEWED.replace('then.set.renewalFrequency = "P1Y"', "then.skip = true"))

    assert len(done.skipped) == 30
    assert done.sentence == "0 records change, 30 are left out."
    back = ruled.save("")
    assert back.sentence == "0 records change, 30 come back."


def test_what_a_rule_approves_needs_nobody_when_the_platform_changes_it(ruled: Ruled) -> None:
    ruled.save('[[rule]]\nname = "Minor"\nwhen.name = "*"\nthen.approve = ["name", "description"]\n')
    approved = next(each for each in ruled.records().values() if each.sourced.row.approved_hash)
    with ruled.platform.lock:
        (its,) = [each for each in ruled.platform.templates if each["id"] == approved.sourced.row.badge_id]
        its["name"] = "A slightly better name"
    ruled.sync()

    row = ruled.records()[approved.sourced.row.id].sourced.row
    assert row.name == "A slightly better name"
    assert row.approved_hash == row.content_hash != approved.sourced.row.content_hash
    with ruled.opened.database.reading() as connection:
        last = queries.history(connection, row.id)[-1]
    assert (last["event"], last["reason"]) == (APPROVED_BY_RULE, "Minor")


def test_no_rule_approves_what_other_rules_change(ruled: Ruled) -> None:
    approving = '[[rule]]\nname = "Minor"\nwhen.name = "*"\nthen.approve = ["renewalFrequency"]\n'

    done = ruled.save(approving + PRICE)
    assert done.losing
    back = ruled.save(approving)
    assert f"{len(done.losing)} fit their approval again" in back.sentence


def test_rules_of_another_version_are_said_to_be_and_can_be_corrected(ruled: Ruled) -> None:
    ruled.save(PRICE)
    with ruled.opened.database.transaction() as connection:
        connection.execute(update(rule_book).values(text=PRICE + "then.novelty = true\n"))

    with pytest.raises(Problem, match="This version cannot read the organization's rules") as refused:
        ruled.records()

    assert (refused.value.code, refused.value.side) == ("rules_not_understood", "ours")
    foreseen = ruled.preview(PRICE)
    assert foreseen.sentence == "0 records change."
    ruled.save(PRICE, foreseen.seen)
    assert ruled.records()


def test_breadths_count_the_badges_that_have_a_thing_in_common(ruled: Ruled) -> None:
    first = next(iter(ruled.records()))
    with ruled.opened.database.reading() as connection:
        found = {each.condition.member: each.badges for each in rules.breadths(connection, ruled.organization, first)}
        assert rules.breadths(connection, ruled.organization, "nobody") == []

    assert (found["issuer"], found["connection"], found["platform"]) == (30, 30, 30)
    assert 1 <= found["tag"] <= 30
