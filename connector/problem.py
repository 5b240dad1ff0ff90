"""What went wrong, on whose side, and what to do: the one shape in which a failure reaches a person."""

from collections.abc import Mapping
from typing import Literal

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable

Side = Literal["yours", "platform", "registry", "ours"]

_OF_THE_PLATFORM = ("answer_too_large", "other_address")
"""Refusals that no setting of ours mends."""


class Problem(Exception):
    """A failure with a stable `code`, a sentence, the side it is on, and the next step for a person.

    `fields`: where several values given are wrong, a sentence for each, by the name it was given under.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        side: Side = "yours",
        action: str,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.side: Side = side
        self.action = action
        self.fields = dict(fields or {})

    def as_json(self) -> dict[str, str]:
        """The members every door shows."""
        return {"code": self.code, "message": self.message, "side": self.side, "action": self.action}


def of_platform(raised: Exception) -> Problem:
    """The problem behind one of the exceptions of the adapter contract; any other one is ours."""
    match raised:
        case Problem():
            return raised
        case AuthorizationExpired():
            action = "Connect again with a valid token or secret: badge-connector connect … with the same name."
            return Problem("reconnect_needed", str(raised), side="platform", action=action)
        case PlatformUnavailable():
            wait = f" in {raised.retry_after:.0f} seconds" if raised.retry_after else " later"
            return Problem(raised.code, str(raised), side="platform", action=f"Try again{wait}; nothing is lost.")
        case PlatformRefused():
            side: Side = "platform" if raised.code in _OF_THE_PLATFORM else "yours"
            return Problem(raised.code, str(raised), side=side, action=raised.action)
    return Problem(
        "unexpected",
        f"Something failed on our side: {type(raised).__name__}.",
        side="ours",
        action="Report this with the log of the run.",
    )
