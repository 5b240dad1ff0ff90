"""Badge platforms, one folder each. `installed()` finds those beside this file and those of other packages."""

from adapters.discovery import installed

__all__ = ["installed"]
