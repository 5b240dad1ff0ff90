"""Canvas Credentials (formerly Badgr, now also Parchment Digital Badges) and servers that run Badgr themselves."""

from adapters.canvas.adapter import Canvas as ADAPTER

__all__ = ["ADAPTER"]
