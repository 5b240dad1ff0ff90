"""Why one item of a listing could not be read: as a problem with code and action, and in the form that is kept."""

import json

import orjson

from connector.problem import Problem

LARGEST_ITEM_BYTES = 2_000_000
_SAVE_AGAIN = "Open the badge on the platform, save it again there, then sync."
_CORRECT = "Correct the badge on the platform, then sync again."
_NOT_JSON = {
    "surrogate in string": "it holds half of a character, often of an emoji that was cut in two",
    "surrogates not allowed": "it holds bytes that are no text in UTF-8",
    "control character": "it holds a control character, such as a line break, where none may be",
    "depth limit": "lists in it are nested deeper than anybody reads",
    "number is infinity": "it holds a number that is too large",
}
_SHORTEST_REASON = "it is not written as JSON has to be"


def too_large(size: int) -> Problem:
    """An item of more than LARGEST_ITEM_BYTES."""
    return Problem(
        "item_too_large",
        f"The badge's data is {size / 1e6:.1f} MB long, and no more than {LARGEST_ITEM_BYTES / 1e6:.0f} MB are read.",
        side="platform",
        action="Shorten the badge's texts on the platform, then sync again.",
    )


def unreadable(raised: Exception) -> Problem:
    """What an exception in reading an item says to a person; one that no reader means to raise is ours."""
    match raised:
        case orjson.JSONDecodeError() | UnicodeError() | RecursionError():
            said = str(raised).lower()
            reason = next((words for part, words in _NOT_JSON.items() if part in said), _SHORTEST_REASON)
            message = f"The badge's data cannot be read: {reason}."
            return Problem("item_not_json", message, side="platform", action=_SAVE_AGAIN)
        case ValueError():
            return Problem("item_malformed", str(raised)[:300], side="platform", action=_CORRECT)
    return Problem(
        "unexpected",
        f"Something failed on our side while this badge was read: {type(raised).__name__}.",
        side="ours",
        action="Report this with the badge's id.",
    )


def written(problem: Problem) -> str:
    """The problem as text, for keeping."""
    return json.dumps(problem.as_json(), ensure_ascii=False)


def from_text(text: str) -> Problem:
    """The problem that was kept; a bare sentence is of a badge that was set aside without being read."""
    if text.startswith("{"):
        return Problem(**json.loads(text))
    return Problem("item_set_aside", text, side="ours", action="Report this with the badge's id.")
