"""What the templates of the catalogue say: the words of `data/*.json`, combined by place in the list."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

Json = dict[str, Any]

HOME = "https://www.cedarharbor.example"
_HOURS = (3, 4, 6, 10, 12, 16, 20, 24, 30, 40)
_WEEKS = (4, 5, 6, 7, 9, 10, 12, 14)
_SCORES = (70, 72, 75, 80, 85)
_GENERAL_SKILLS = ("Communication", "Teamwork", "Problem Solving", "Critical Thinking", "Digital Literacy")


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a template says, before it gets the members that every template carries."""

    category: str
    name: str
    description: str
    skills: Sequence[str]
    activities: Sequence[Sequence[str]]  # type, title, and a page where there is one
    folder: str
    page: str | None = None
    level: str | None = None
    time_to_earn: str | None = None
    cost: str | None = None
    type_category: str | None = None
    alignments: Sequence[Sequence[str]] = ()  # name, address, description
    recommendations: Sequence[Sequence[str]] = ()  # title, page
    requires: Sequence[str] = ()  # names of templates to be earned before
    state: str | None = None
    year: int | None = None


def outlines() -> list[Outline]:
    """Every outline of the college's catalogue, category by category."""
    return [*_professional(), *_combined(words("organizations")["employers"]), *_learning(), *_handwritten()]


def words(name: str) -> Any:
    """One of the word lists, read anew."""
    return json.loads(files("connector.demo").joinpath("data", f"{name}.json").read_text(encoding="utf-8"))


def slug_of(text: str) -> str:
    """A name in the form it has in addresses."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _professional() -> Iterator[Outline]:
    for entry in words("certifications"):
        yield Outline(
            category="professional-certification",
            folder="certification-board",
            cost="Paid",
            type_category="Certification",
            state="active",
            **entry,
        )


def _combined(employers: Sequence[str]) -> Iterator[Outline]:
    subjects = words("subjects")
    for shift, kind in enumerate(words("kinds")):
        areas = kind.get("areas")
        pool = [subject for subject in subjects if areas is None or subject["area"] in areas]
        for turn in range(kind["count"]):
            yield _outline(kind, pool, employers, shift, turn)


def _outline(kind: Json, pool: Sequence[Json], employers: Sequence[str], shift: int, turn: int) -> Outline:
    editions = kind.get("levels") or kind.get("years") or [""]
    step, turn = turn % len(editions), turn // len(editions)
    subject = pool[(turn + 5 * shift) % len(pool)]
    first = (turn // len(pool) + shift + step * ("levels" in kind)) % 4
    place = turn * len(editions) + step + 11 * shift
    filling = _filling(subject, first, place) | {
        "employer": employers[turn % len(employers)],
        "level_lower": editions[step].lower(),
        "step": step + 1,
        "year": editions[step],
    }
    activities = [(sort, title.format_map(filling)) for sort, title in kind["activities"]]
    skills = _some_skills(subject["skills"], kind["skills"], place)
    before = [f"{subject['name']} Level {step}"] if "levels" in kind and step else []
    return Outline(
        category=kind["kind"],
        name=kind["names"][turn % len(kind["names"])].format_map(filling),
        description=_description(kind, place).format_map(filling),
        skills=skills,
        activities=activities[: 1 + place % len(activities)],
        folder=kind["page"],
        level=editions[step] if "levels" in kind else None,
        type_category=kind["type_category"][turn % len(kind["type_category"])] if place % 3 == 0 else None,
        alignments=_alignments(subject, first, place),
        requires=before,
        year=int(editions[step]) if "years" in kind else None,
    )


def _filling(subject: Json, first: int, place: int) -> Json:
    topic, ability = subject["topics"][first]
    other_topic, other_ability = subject["topics"][(first + 1) % 4]
    return {
        "subject": subject["name"],
        "people": subject["people"],
        "People": subject["people"].title(),
        "code": subject["code"],
        "number": 101 + place * 3 % 180,
        "topic": topic,
        "ability": ability,
        "other_topic": other_topic,
        "other_ability": other_ability,
        "hours": _HOURS[place % len(_HOURS)],
        "weeks": _WEEKS[place % len(_WEEKS)],
        "score": _SCORES[place % len(_SCORES)],
    }


def _description(kind: Json, place: int) -> str:
    def turned(sentences: Sequence[str]) -> Sequence[str]:
        start = place % len(sentences)
        return [*sentences[start:], *sentences[:start]]

    openings, details, closings = (turned(kind[part]) for part in ("openings", "details", "closings"))
    shapes = (
        openings[:1],
        [*openings[:1], *closings[:1]],
        [*openings[:1], *details[:1]],
        [*openings[:1], *details[:1], *closings[:1]],
        [*openings[:1], *details[:2], *closings[:1]],
    )
    return " ".join(shapes[place % len(shapes)])


def _some_skills(skills: Sequence[str], bounds: Sequence[int], place: int) -> list[str]:
    low, high = bounds
    start = place % len(skills)
    candidates = dict.fromkeys([*skills[start:], *skills[:start], *_GENERAL_SKILLS])
    return list(candidates)[: low + place * 5 % (high - low + 1)]


def _alignments(subject: Json, first: int, place: int) -> list[tuple[str, str, str]]:
    code, occupation = subject["onet"]
    topic, ability = subject["topics"][first]
    found = []
    if place % 4 == 1:
        found.append(
            (occupation, f"https://www.onetonline.org/link/summary/{code}", f"O*NET-SOC {code}"),
        )
    if place % 12 == 5:
        address = f"https://frameworks.tidewater.example/{slug_of(subject['area'])}/{slug_of(topic)}"
        found.append((f"Tidewater Skills Framework: {topic}", address, f"Able to {ability}."))
    if place % 16 == 9:
        found.append((topic, f"competency:{slug_of(topic)}", f"The person can {ability}."))
    return found


def _learning() -> Iterator[Outline]:
    endings = ("", " Takes about a term.", " Signed by the advisor of the activity.")
    for place, (name, ability, activity, skills) in enumerate(words("learning")):
        yield Outline(
            category="learning",
            name=name,
            description=f"Earners of this badge can {ability}.{endings[place % len(endings)]}",
            skills=skills,
            activities=[(activity, f"Show that you can {ability}")],
            folder="student-life",
            type_category="Learning" if place % 4 == 0 else None,
        )


def _handwritten() -> Iterator[Outline]:
    for category, entries in words("handwritten").items():
        for entry in entries:
            yield Outline(
                category=category,
                folder=category,
                state="draft" if category == "drafts" else "active",
                page=None if category == "drafts" else f"{HOME}/badges/{slug_of(entry['name'])}",
                **entry,
            )
