"""Credly (formerly Acclaim): badge templates of one organization."""

from adapters.credly.adapter import Credly as ADAPTER

__all__ = ["ADAPTER"]
