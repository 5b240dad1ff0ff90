"""What earning a badge takes of people, as platforms say it: level, time, cost; and how they file it.

Only what has a number becomes one: a unit word is no duration, and “Paid” is no price.
"""

import re
from collections.abc import Iterator, Mapping

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Note, Result, fill
from mappings.ctdl.model import CostProfile, DurationProfile
from mappings.open_badges.model import BadgeClass

AUDIENCE_LEVELS: Mapping[str, str] = {
    "foundational": "audLevel:BeginnerLevel",
    "intermediate": "audLevel:IntermediateLevel",
    "advanced": "audLevel:AdvancedLevel",
}
_AMOUNT = r"\d{1,6}(?:\.\d{1,2})?"
_TIME = re.compile(
    rf"({_AMOUNT})(?:\s*(?:-|–|to)\s*({_AMOUNT}))?\s*(minute|hour|day|week|month|year)s?", re.IGNORECASE | re.ASCII
)
_UNITS = {"minute": "PT{}M", "hour": "PT{}H", "day": "P{}D", "week": "P{}W", "month": "P{}M", "year": "P{}Y"}
_PRICE = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?"
_COST = re.compile(
    rf"(?P<before>[A-Z]{{3}}|US\$|€|£)\s?(?P<first>{_PRICE})|(?P<last>{_PRICE})\s?(?P<after>[A-Z]{{3}}|€|£)", re.ASCII
)
_WANTED = {
    "duration_without_number": ("a number", "a number and one unit"),
    "cost_without_amount": ("an amount", "an amount in one currency"),
}
_SIGNS = {"US$": "USD", "€": "EUR", "£": "GBP"}
_CURRENCIES = re.compile("AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|SEK|SGD|USD|ZAR")


def audience_level(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The level, where the Registry has a counterpart for the platform's word."""
    if not badge.level:
        return
    if level := AUDIENCE_LEVELS.get(badge.level.casefold()):
        yield fill("audience_level_type", "audienceLevelType", (level,), ("level",), f"its level {badge.level}")
    else:
        yield Note("level", "level_unknown", f"Its level {badge.level} has no counterpart in the Registry.")


def estimated_duration(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The time to earn it where it has a number and a unit."""
    if not badge.time_to_earn:
        return
    found = _TIME.fullmatch(badge.time_to_earn.strip())
    if found is None:
        yield _unclear("time_to_earn", badge.time_to_earn, "The time to earn", "duration_without_number")
        return
    low, high, unit = found[1], found[2], _UNITS[found[3].lower()]
    if high and float(low) < float(high):
        profile = DurationProfile(minimum_duration=unit.format(low), maximum_duration=unit.format(high))
    else:
        profile = DurationProfile(exact_duration=unit.format(low))
    rule = f"its time to earn, {badge.time_to_earn}"
    yield fill("estimated_duration", "estimatedDuration", (profile,), ("time_to_earn",), rule)


def estimated_cost(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The cost where it has an amount and a currency; a bare $ is the currency of many countries."""
    if not badge.cost:
        return
    found = _COST.fullmatch(badge.cost.strip())
    stated = (found["before"] or found["after"]) if found else ""
    currency = _SIGNS.get(stated, stated)
    if found is None or not _CURRENCIES.fullmatch(currency):
        yield _unclear("cost", badge.cost, "The cost", "cost_without_amount")
        return
    price = float((found["first"] or found["last"]).replace(",", ""))
    profile = CostProfile(currency=currency, price=int(price) if price.is_integer() else price)
    yield fill("estimated_cost", "estimatedCost", (profile,), ("cost",), f"its cost, {badge.cost}")


def _unclear(member: str, said: str, what: str, code: str) -> Note:
    """Why a value is left as words: it has no number, or says more around it than can be taken over unasked."""
    lacking, wanted = _WANTED[code]
    if any(char.isdigit() for char in said):
        return Note(member, code, f"{what} is given as “{said}”, which cannot be read as {wanted}: enter it by hand.")
    return Note(member, code, f"{what} is given as “{said}” without {lacking}.")


def category(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """How the platform files it is no more than a hint at its type."""
    if badge.category:
        yield Note("category", "category_as_evidence", f"The platform files it under {badge.category}.")
