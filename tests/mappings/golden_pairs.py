"""The pairs of `golden/*.json`, and what is wrong with what a badge becomes: read by the tests and by `mutate`."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from adapters import installed
from connector.connections.identity import of_address, voucher
from connector.credentials import shapes
from connector.credentials.content import content
from connector.credentials.map_documents import map_documents
from connector.credentials.mapping import context, known
from mappings import rule_file
from mappings.crosswalk.credential import credential
from mappings.crosswalk.verification_service import verification_service
from mappings.open_badges import document
from mappings.open_badges.model import Issuer

Json = dict[str, Any]

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
GOLDEN = Path(__file__).parent / "golden"
_STANDS_FOR = ("row", "type_rule", "group", "defect")


class Pair(NamedTuple):
    """A badge, what is known besides it, and what is expected of its record."""

    name: str
    badge: Json
    source: str | None
    owner: str | None
    rules: str
    context: Json
    signature: str | None
    type: tuple[str, str, list[str]]
    becomes: dict[str, tuple[Any, list[str]]]
    says: list[str]
    stands_for: Mapping[str, tuple[str, ...]]


@cache
def pairs() -> tuple[Pair, ...]:
    """Every pair of every file."""
    found: list[Pair] = []
    for file in sorted(GOLDEN.glob("*.json")):
        golden = json.loads(file.read_text("utf-8"))
        found += [_pair(file.stem, golden["base"], pair) for pair in golden["pairs"]]
    return tuple(found)


def _pair(file: str, base: Json, pair: Json) -> Pair:
    badge = {name: value for name, value in base["badge"].items() if name not in pair.get("without", ())}
    becomes = {name: v for name, v in base["becomes"].items() if name not in pair.get("not", ())}
    says = [line for line in base["says"] if line not in pair.get("unsaid", ())]
    value, decided, *evidence = (base | pair)["type"]
    named = {what: pair[what] for what in _STANDS_FOR if what in pair}
    return Pair(
        name=f"{file}: {pair['teaches']}",
        badge=badge | pair.get("with", {}),
        source=base.get("source"),
        owner=OWNER if pair.get("owner", True) else None,
        rules="\n".join(pair.get("rules", ())),
        context={name: tuple(v) if isinstance(v, list) else v for name, v in pair.get("context", {}).items()},
        signature=pair.get("signature"),
        type=(value, decided, sorted(evidence)),
        becomes={name: (v, sorted(members)) for name, (v, *members) in (becomes | pair.get("becomes", {})).items()},
        says=sorted(says + pair.get("says", [])),
        stands_for={what: (v,) if isinstance(v, str) else tuple(v) for what, v in named.items()},
    )


def mapped(badge: Json, owner: str | None, source: str | None = None) -> Json:
    """The entry that `map` gives for one badge."""
    (entry,) = map_documents(json.dumps(badge).encode(), source=source, organization_ctid=owner, language="en-US")
    return entry


def failure(pair: Pair) -> str | None:
    """What differs between the record of the pair's badge and what is expected of it; None where nothing does."""
    entry = entry_of(pair)
    if "error" in entry:
        return f"it is refused: {entry['error']}"
    sources = {name: sorted(source["from"]) for name, source in entry["provenance"].items()}
    found = {name: (value, sources.get(name)) for name, value in entry["properties"].items()}
    kind = entry["credential_type"]
    its_type = (
        kind["value"],
        "decided" if kind["decided"] else "asked",
        sorted({each["member"] for each in kind["evidence"]}),
    )
    differences = [
        f"{name}: {found.get(name, 'nothing')!r} instead of {pair.becomes.get(name, 'nothing')!r}"
        for name in sorted(found.keys() | pair.becomes.keys())
        if found.get(name) != pair.becomes.get(name)
    ]
    if sources.keys() != found.keys():
        differences.append(f"provenance is of {sorted(sources)} and not of {sorted(found)}")
    if (said := _said(entry)) != pair.says:
        more, less = sorted(set(said) - set(pair.says)), sorted(set(pair.says) - set(said))
        differences.append(f"says {more} and not {less}" if more or less else f"says {said}")
    if its_type != pair.type:
        differences.append(f"the type is {its_type!r} instead of {pair.type!r}")
    return "; ".join(differences) or None


def _said(entry: Json) -> list[str]:
    """Findings and notes of an entry as the golden files write them."""
    findings = [f"{f['property']}: {f['severity']}, {f['code']}" for f in entry["findings"]]
    return sorted(findings + [f"[{note['from']}] {note['code']}" for note in entry["notes"]])


def entry_of(pair: Pair) -> Json:
    """As `map` gives it; where more is given than a file can hold, mapped as for a record."""
    if not (pair.rules or pair.context or pair.signature):
        return mapped(pair.badge, pair.owner, pair.source)
    adapter = installed()[pair.source].for_reading() if pair.source else None
    if adapter:
        badge = adapter.badge_class(adapter.definition(orjson.dumps(pair.badge)), Issuer(id=""))
    else:
        badge = document.badge_class(pair.badge, signature=pair.signature)
    vouches = voucher(adapter, badge.source_id) if adapter else of_address(badge.id)
    its_context = replace(context(vouches, None), organization_ctid=pair.owner, **pair.context)
    found = credential(known(badge, vouches), its_context, rule_file.read(pair.rules))
    return shapes.mapped(found, content(found), adapter, verification_service(its_context))
