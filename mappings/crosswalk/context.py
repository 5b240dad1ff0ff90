"""What a mapping needs to know besides the badge itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The source of a badge and the organization that owns it.

    `authority` is the canonical host family that vouches for badge ids; `organization_ctid` is None while the
    owner is not known; `language` is taken where a badge declares none, and `language_confirmed` says that a person
    agrees. `verification_service` and `verification_directory` are the platform's addresses for checking an issued
    badge, `profile` the CTID of the verification service profile that credentials of this authority name where it is
    another than our own. `organization_types` are CTDL's (orgType:…), `connection` is the name of the connection,
    `edition` counts what the organization has decided about its mappings: rules, languages, profiles.
    """

    authority: str
    platform_name: str
    language: str = "en-US"
    organization_ctid: str | None = None
    organization_website: str | None = None
    verification_service: str | None = None
    verification_directory: str | None = None
    language_confirmed: bool = False
    profile: str | None = None
    organization_types: tuple[str, ...] = ()
    connection: str = ""
    edition: int = 0
