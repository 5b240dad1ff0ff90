"""What went wrong, on whose side, and what to do: the one shape in which a failure reaches a person."""

from typing import Literal

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable

Side = Literal["yours", "platform", "registry", "ours"]


class Problem(Exception):
    """A failure with a stable `code`, a sentence, the side it is on, and the next step for a person."""

    def __init__(self, code: str, message: str, *, side: Side = "yours", action: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.side: Side = side
        self.action = action

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
            return Problem(raised.code, str(raised), side="yours", action=raised.action)
    return Problem(
        "unexpected",
        f"Something failed on our side: {type(raised).__name__}.",
        side="ours",
        action="Report this with the log of the run.",
    )
