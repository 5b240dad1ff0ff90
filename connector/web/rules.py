"""The rules of an organization: what it has decided for many badges at once, looked at before it is saved."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import orjson
from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from connector.credentials import differences, rules
from connector.credentials.rules import Breadth, Preview
from connector.problem import Problem
from connector.web.gate import Given, Posting, Visit, Visiting, text, texts
from connector.web.pages import page, status_of
from connector.web.reach import one_of_theirs
from mappings import rule_file
from mappings.ctdl import vocabulary
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import is_language
from mappings.ctdl.shape import by_name
from mappings.minimum_data import label
from mappings.rule_words import WORDS, condition
from mappings.rules import MEMBERS, Condition, Rule

router = APIRouter(prefix="/rules")
MOST_SHOWN = 50
MOST_TOLD = 6
LONGEST_LIST = 20
_NOT_SET = frozenset({"credentialType", "usesVerificationService"})
_FIELDS = ("breadth", "member", "asked", "type", "property", "value", "leave_out", "approve", "skip", "name")
_NONE = ("", "Nothing said")


@router.get("")
def show(visit: Visiting) -> Response:
    """The rules in force, in order, and those that were in force before."""
    return _shown(visit)


@router.get("/file")
def download(visit: Visiting) -> Response:
    """The rules in force as a file."""
    with visit.reading() as connection:
        book = rules.book(connection, visit.owner.id)
    headers = {"Content-Disposition": 'attachment; filename="rules.toml"'}
    return Response(book.text, media_type="application/toml", headers=headers)


@router.post("/preview")
def preview(visit: Posting, form: Given) -> Response:
    """What other rules would change: those in the form, or those in force with one rule moved or removed."""
    with visit.reading() as connection:
        book = rules.book(connection, visit.owner.id)
    if not text(form, "action"):
        return _previewed(visit, text(form, "text"))
    changed = _changed(book.text, text(form, "action"), text(form, "place"))
    if changed is None:
        title = "That can only be changed in the file."
        return visit.then("/rules#file", tone="warn", title=title, text="It is written in a way of its own.")
    return _previewed(visit, changed)


@router.post("/save")
def save(visit: Posting, form: Given) -> Response:
    """Save rules as they were previewed; where they would do something else by now, look again."""
    try:
        with visit.writing() as connection:
            done = rules.save(connection, visit.owner.id, text(form, "text"), seen=text(form, "seen"), by=visit.by)
    except Problem as problem:
        if problem.code != "changed_while_you_looked":
            raise
        return _previewed(visit, text(form, "text"), problem)
    link = ("/review?need=reapproval", "See what needs approval again") if done.losing else None
    return visit.then("/rules", title="The rules are saved.", text=done.sentence, link=link)


@router.post("/edit")
def edit(visit: Posting, form: Given) -> Response:
    """Rules that were previewed, to be written on."""
    return _shown(visit, text(form, "text"))


@router.post("/back")
def back(visit: Posting, form: Given) -> Response:
    """What it would change to have earlier rules again."""
    number = text(form, "number")
    with visit.reading() as connection:
        book = rules.earlier(connection, visit.owner.id, int(number) if _is_number(number) else -1)
    return _previewed(visit, book.text)


@router.get("/new")
def ask(visit: Visiting, badge: str = "", type: str = "", property: str = "", value: str = "") -> Response:
    """A rule to be made; with `badge`, the id of a record, of what that badge and others have in common."""
    return _asked(visit, {"badge": badge, "type": type, "property": property, "value": _readable(value)})


@router.post("/new")
def add(visit: Posting, form: Given) -> Response:
    """What the rule in the form would change, as the last of the rules."""
    try:
        rule = _rule(form)
        with visit.reading() as connection:
            book = rules.book(connection, visit.owner.id)
        added = rule_file.with_rule(book.text, rule)
        rule_file.read(added)
    except rule_file.WrongRules as wrong:
        return _asked(visit, {name: text(form, name) for name in form}, wrong.problems[-MOST_TOLD:])
    return _previewed(visit, added)


def _shown(visit: Visit, given: str | None = None, problem: Problem | None = None) -> Response:
    with visit.reading() as connection:
        book = rules.book(connection, visit.owner.id)
        history = rules.history(connection, visit.owner.id)
        standing = rules.standing(connection, visit.owner.id, book.text)
    written = book.text if given is None else given
    return page(
        visit,
        "rules.html",
        status_of(problem) if problem else 200,
        book=book,
        history=history[:LONGEST_LIST],
        standing=standing,
        text=written,
        wrong=_beside(written, problem) if problem else [],
        problem=problem,
    )


def _previewed(visit: Visit, written: str, problem: Problem | None = None) -> Response:
    try:
        with visit.reading() as connection:
            foreseen = rules.preview(connection, visit.owner.id, written)
            shown = [each.id for each in _worst_first(foreseen)[:MOST_SHOWN]]
            differing = rules.differing(connection, visit.owner.id, foreseen.text, shown)
    except Problem as unreadable:
        if unreadable.code != "rules_unreadable":
            raise
        return _shown(visit, written, unreadable)
    rows = [
        {
            "record": each,
            "said": foreseen.said_of(each),
            "told": [differences.told(one) for one in differing[each.id][:MOST_TOLD]],
            "more": max(0, len(differing[each.id]) - MOST_TOLD),
        }
        for each in _worst_first(foreseen)[:MOST_SHOWN]
        if each.id in differing
    ]
    status = status_of(problem) if problem else 200
    return page(visit, "rules_preview.html", status, preview=foreseen, rows=rows, problem=problem)


def _worst_first(foreseen: Preview) -> list[Any]:
    return sorted(foreseen.affected, key=lambda each: not each.loses_approval)


def _beside(written: str, problem: Problem) -> list[dict[str, Any]]:
    """The lines that something is wrong with, each with what is wrong; first what is about no line."""
    lines = written.splitlines()
    found = []
    for path, said in problem.fields.items():
        number = int(path.removeprefix("line ")) if path.startswith("line ") else 0
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        sentences = [each.removeprefix(f"Line {number}: ") for each in said.split("\n")]
        found.append({"number": number, "line": line, "said": sentences})
    return sorted(found, key=lambda each: each["number"])


def _changed(written: str, action: str, place: str) -> str | None:
    """The rules with the one at a place moved up or down, or removed; None where only a person can."""
    at = int(place) if _is_number(place) else -1
    last = len(rule_file.read(written).rules) - 1
    match action:
        case "remove" if 0 <= at <= last:
            return rule_file.without(written, at)
        case "up" if 0 < at <= last:
            return rule_file.swapped(written, at - 1)
        case "down" if 0 <= at < last:
            return rule_file.swapped(written, at)
    raise Problem("rules_outdated", "The rules have changed meanwhile.", action="Open the page again.")


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 9


def _asked(visit: Visit, given: dict[str, str], wrong: list[str] | None = None) -> Response:
    badge = given.get("badge", "")
    with visit.reading() as connection:
        record = one_of_theirs(visit, connection, badge).row if badge else None
        found = rules.breadths(connection, visit.owner.id, record.id) if record else []
    return page(
        visit,
        "rules_new.html",
        400 if wrong else 200,
        record=record,
        breadths=[_choice(each) for each in found],
        members=[(member, word[0].upper() + word[1:]) for member, word in WORDS.items() if member != "badge"],
        types=[_NONE, *sorted(_types(), key=itemgetter(1))],
        properties=[_NONE, *sorted(_properties(), key=itemgetter(1))],
        given=dict.fromkeys(_FIELDS, "") | given | {"type": _type(given.get("type", ""))},
        wrong=wrong or [],
    )


def _types() -> Iterator[tuple[str, str]]:
    return ((uri, term.label) for uri, term in vocabulary.credential_types().items() if term.publishable)


def _properties() -> Iterator[tuple[str, str]]:
    return ((name, label(name)) for name in by_name(Credential) if name not in _NOT_SET)


def _choice(each: Breadth) -> dict[str, Any]:
    (said,) = each.condition.texts
    return {"key": f"{each.condition.member}={said}", "words": condition(each.condition), "badges": each.badges}


def _type(given: str) -> str:
    found = vocabulary.find_type(given) if given else None
    return found.uri if found else ""


def _rule(form: FormData) -> Rule:
    """The rule that a form was filled in with. WrongRules where it says too little."""
    member, _, asked = text(form, "breadth").partition("=")
    if not asked.strip():
        member, asked = text(form, "member"), text(form, "asked").strip()
    property_name, value = text(form, "property"), text(form, "value").strip()
    held = Condition(member, (asked,)) if asked and member in MEMBERS else None
    missing = [
        (held is None, "Choose which badges the rule is for."),
        (bool(property_name) != bool(value), "A property needs a value, and a value its property."),
    ]
    if said := [(None, sentence) for is_missing, sentence in missing if is_missing]:
        raise rule_file.WrongRules(said)
    assert held is not None
    return Rule(
        name=text(form, "name").strip() or f"When {condition(held)}",
        when=(held,),
        type=_type(text(form, "type")) or None,
        set={property_name: _value(value)} if property_name else {},
        leave_out=tuple(filter(None, texts(form, "leave_out"))),
        skip="skip" in form,
        approve=tuple(filter(None, texts(form, "approve"))),
    )


def _value(typed: str) -> Any:
    """A value as JSON where it is an object, a list or a number of it; otherwise the text that was typed."""
    try:
        read = orjson.loads(typed)
    except orjson.JSONDecodeError:
        return typed
    return typed if read is None or isinstance(read, bool) else read


def _readable(value: str) -> str:
    """A value from an address, which is JSON, as it is typed: words of one language as they are, for badges of any."""
    read = _value(value)
    if isinstance(read, dict) and len(read) == 1 and all(map(is_language, read)):
        (read,) = read.values()
        value = orjson.dumps(read).decode()
    return read if isinstance(read, str) else value
