"""Why an item could not be read, as a person is told it."""

import orjson
import pytest

from connector.credentials.unreadable import from_text, too_large, unreadable, written


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'"\\ud83d"', "half of a character"),
        (b'"\xff"', "no text in UTF-8"),
        (b'"a\nb"', "a control character"),
        (b"[" * 5000, "nested deeper"),
        (b"1e999", "a number that is too large"),
        (b"{", "not written as JSON has to be"),
    ],
)
def test_what_is_no_json_is_said_in_words_without_its_content(raw: bytes, words: str) -> None:
    with pytest.raises(orjson.JSONDecodeError) as refused:
        orjson.loads(raw)

    problem = unreadable(refused.value)

    assert (problem.code, problem.side) == ("item_not_json", "platform")
    assert words in problem.message


def test_what_no_reader_means_to_raise_is_on_our_side() -> None:
    problem = unreadable(KeyError("somebody@person.example"))

    assert (problem.code, problem.side) == ("unexpected", "ours")
    assert "person.example" not in f"{problem.message} {problem.action}"


def test_a_reason_is_kept_as_text_and_read_back() -> None:
    for problem in (unreadable(ValueError("The badge has no name.")), too_large(12_300_000)):
        assert from_text(written(problem)).as_json() == problem.as_json()


def test_a_bare_sentence_is_of_a_badge_that_was_set_aside() -> None:
    problem = from_text("Reading this badge ended the program again and again.")

    assert (problem.code, problem.side) == ("item_set_aside", "ours")
    assert problem.message.startswith("Reading this badge")
