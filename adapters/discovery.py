"""Which platforms can be connected: the folders here, and packages that announce themselves by entry point."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import MappingProxyType

import adapters
from adapters.contract import Adapter

ENTRY_POINTS = "badge_connector.adapters"


@cache
def installed() -> MappingProxyType[str, type[Adapter]]:
    """Every adapter by its slug, sorted. Two adapters under one slug are a packaging error and raise ValueError."""
    found: dict[str, type[Adapter]] = {}
    for adapter in (*_in_this_package(), *_from_other_packages()):
        if found.setdefault(adapter.slug, adapter) is not adapter:
            raise ValueError(f"two adapters call themselves {adapter.slug!r}")
    return MappingProxyType(dict(sorted(found.items())))


def _in_this_package() -> list[type[Adapter]]:
    names = [module.name for module in iter_modules(adapters.__path__) if module.ispkg]
    return [import_module(f"adapters.{name}").ADAPTER for name in sorted(names)]


def _from_other_packages() -> list[type[Adapter]]:
    return [point.load() for point in entry_points(group=ENTRY_POINTS)]
