"""Rules from the command line: checked over all records, saved, shown as the file they are, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.line.conftest import Line

COLLEGE = "Cedar Harbor"
RULES = '# Ours\n[[rule]]\nname = "Renewed"\nwhen.name = "*safety*"\nthen.set.renewalFrequency = "P3Y"\n'


def file(line: Line, text: str, name: str = "rules.toml") -> str:
    path = line.folder / name
    path.write_text(text, "utf-8")
    return str(path)


def test_rules_are_checked_saved_shown_and_kept(synced: Line) -> None:
    written = file(synced, RULES)
    assert synced.done("rules", "show", COLLEGE) == {
        "number": 0,
        "text": "",
        "made_by": "",
        "made_at": "",
        "rules": [],
    }

    foreseen = synced.done("rules", "check", COLLEGE, written)

    assert foreseen["changing"] == len([each for each in foreseen["records"] if each["changes"]]) > 0
    assert foreseen["rules"][0]["badges"] == foreseen["changing"]
    assert synced.done("rules", "history", COLLEGE) == []
    done = synced.done("rules", "save", COLLEGE, written, "--seen", foreseen["seen"], "--as", "ana@college.example")
    assert done == foreseen
    assert synced.output("rules", "show", COLLEGE) == (0, RULES)
    (book,) = synced.done("rules", "history", COLLEGE)
    assert (book["number"], book["text"], book["made_by"]) == (1, RULES, "ana@college.example")
    assert synced.done("remap", COLLEGE, "--dry-run")["changed"] == 0
    assert synced.done("rules", "save", COLLEGE, file(synced, ""))["changing"] == foreseen["changing"]
    assert synced.output("rules", "show", COLLEGE, "--number", "1") == (0, RULES)


def test_a_file_that_cannot_be_read_is_bad_input_with_a_sentence_for_everything_wrong(synced: Line) -> None:
    wrong = file(synced, RULES + 'then.colour = 1\nthen.type = "Diplomatic"\n')

    code, answer = synced.run("rules", "check", COLLEGE, wrong)

    assert (code, answer["error"]["code"], answer["error"]["side"]) == (2, "rules_unreadable", "yours")
    assert "Line 6: Rule 1 “Renewed”: then has no “colour”" in answer["error"]["message"]
    assert "Line 7: Rule 1 “Renewed”: then.type must be a credential type" in answer["error"]["message"]
    assert synced.run("rules", "save", COLLEGE, wrong)[0] == 2
    assert synced.run("rules", "check", COLLEGE, "nowhere.toml")[1]["error"]["code"] == "file_unreadable"
    assert synced.run("rules", "show", COLLEGE, "--number", "7")[1]["error"]["code"] == "rules_not_found"


def test_a_check_that_no_longer_holds_is_refused(synced: Line) -> None:
    code, answer = synced.run("rules", "save", COLLEGE, file(synced, RULES), "--seen", "something else")

    assert (code, answer["error"]["code"]) == (1, "changed_while_you_looked")
    assert synced.done("rules", "history", COLLEGE) == []


def test_people_read_a_sentence_a_rule_and_a_record_a_line(synced: Line) -> None:
    code, said = synced.output("rules", "check", COLLEGE, file(synced, RULES))

    assert code == 0
    assert said.splitlines()[-1] == "1 record changes."
    assert "Renewed" in said
    assert synced.output("rules", "history", COLLEGE)[1].strip() == "Nobody has saved rules yet."
