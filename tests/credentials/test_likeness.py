"""Names of credentials side by side: which are the same, which are another edition, which are something else."""

from __future__ import annotations

import pytest

from connector.credentials.likeness import CLOSE, EXACT, SPELLED, UNLIKE, likeness, name

SAME = [
    ("Certified Welding Inspector", "Certified Welding Inspector", EXACT),
    ("Certified Welding Inspector", "  certified welding INSPECTOR ", EXACT),
    ("Data Analytics Certificate", "Data Analytics Certificate Badge", EXACT),
    ("Bachelor of Science in Nursing", "Nursing, Bachelor of Science", EXACT),
    ("Research & Writing", "Research and Writing", EXACT),
    ("Técnico en Soldadura", "Tecnico en soldadura", EXACT),
    ("C++ Programming", "Programming C++", EXACT),
    ("Project Management Professional (PMP)®", "Project Management Professional (PMP)", EXACT),
    ("Data Analysis Micro-credential", "Data Analysis Micro Credential", EXACT),
    ("Organisational Leadership", "Organizational Leadership", SPELLED),
    ("Health Information Technician", "Health Informations Technician", SPELLED),
    ("Occupational Safety and Health for Construction Workers", "Safety and Health for Construction Workers", CLOSE),
]
ANOTHER_EDITION = [
    ("Student Leader 2023", "Student Leader 2024", "year"),
    ("Student Leader 2023-24", "Student Leader 2024-25", "year"),
    ("Student Leader, Spring 2025", "Student Leader (Fall 2025)", "year"),
    ("Student Leader", "Student Leader 2025", "year"),
    ("Class of 2024 Scholar", "Scholar, Class of 2025", "year"),
    ("Cloud Practitioner v1", "Cloud Practitioner v2.0", "version"),
    ("Cloud Practitioner", "Cloud Practitioner Version 2", "version"),
    ("Food Handler, 3rd Edition", "Food Handler, 4th Edition", "version"),
    ("ISO 9001:2015 Lead Auditor", "ISO 9001:2018 Lead Auditor", "year"),
]
SOMETHING_ELSE = [
    ("Welding Level 1", "Welding Level 2"),
    ("Welding I", "Welding II"),
    ("Python for Beginners", "Python, Advanced"),
    ("Project Management", "Project Management Fundamentals"),
    ("Data Analytics Certificate", "Data Analytics Certification"),
    ("Certified Medical Assistant", "Certified Clinical Medical Assistant"),
    ("Bachelor of Science in Nursing", "Master of Science in Nursing"),
    ("C Programming", "C++ Programming"),
    ("ISO 9001 Lead Auditor", "ISO 27001 Lead Auditor"),
    ("Safety and Health for Construction Workers 10", "Safety and Health for Construction Workers 30"),
    ("Safety and Health for Construction Workers", "Safety and Health for Construction Trainers"),
    (
        "Infection Control and Prevention in Nursing Homes",
        "Infection Control and Prevention in Nursing Homes Instructor",
    ),
    ("Excel", "Word"),
    ("", "Excel"),
    ("", ""),
]


@pytest.mark.parametrize(("one", "other", "score"), SAME)
def test_these_are_the_same(one: str, other: str, score: int) -> None:
    assert likeness(name(one), name(other)) == (score, "")
    assert likeness(name(other), name(one)) == (score, "")


@pytest.mark.parametrize(("one", "other", "edition"), ANOTHER_EDITION)
def test_these_are_the_same_in_another_edition(one: str, other: str, edition: str) -> None:
    assert likeness(name(one), name(other)) == (EXACT, edition)


@pytest.mark.parametrize(("one", "other"), SOMETHING_ELSE)
def test_these_are_not_the_same(one: str, other: str) -> None:
    assert likeness(name(one), name(other)).score == UNLIKE
    assert likeness(name(other), name(one)).score == UNLIKE


def test_a_later_edition_ranks_higher() -> None:
    ranks = [name(f"Student Leader {edition}").rank for edition in ("", "2023", "2023-24", "2024", "v2 2024")]

    assert ranks == sorted(ranks)


def test_a_name_that_is_nothing_but_a_year_still_has_a_name() -> None:
    assert name("2024").words == frozenset()
    assert likeness(name("2024"), name("2025")).score == UNLIKE


def test_a_name_of_filling_words_alone_keeps_them() -> None:
    assert name("The Open Badge").words == {"the", "open", "badge"}
