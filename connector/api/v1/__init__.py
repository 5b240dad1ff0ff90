"""The API for programs, version 1: the whole line over HTTP, with a token of a person."""

from connector.api.v1.app import create_api

__all__ = ["create_api"]
