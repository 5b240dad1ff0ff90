"""How the log is written: a line of JSON for each event, on standard error."""

import sys

import structlog


def write_as_json() -> None:
    """Have every event written in one line of JSON, an error in it without the values its code worked on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the local variables that a richer traceback would show: secrets are among them.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # Looked up each time: whoever embeds the connector may put another stream in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
