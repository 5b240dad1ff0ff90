"""Open Badges: badges of any issuer that publishes them on the web, or gives them as files."""

from adapters.open_badges.adapter import OpenBadges as ADAPTER

__all__ = ["ADAPTER"]
