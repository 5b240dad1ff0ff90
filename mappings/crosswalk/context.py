"""What a mapping needs to know besides the badge itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The source of a badge and the organization that owns it.

    `authority` is the canonical host family that vouches for badge ids; `organization_ctid` is None while the
    owner is not known; `language` is taken where a badge declares none. `verification_service` and
    `verification_directory` are the platform's addresses for checking an issued badge.
    """

    authority: str
    platform_name: str
    language: str = "en-US"
    organization_ctid: str | None = None
    organization_website: str | None = None
    verification_service: str | None = None
    verification_directory: str | None = None
