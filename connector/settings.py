"""The environment, read in one place: `CONNECTOR_…`, or `CONNECTOR_…_FILE` naming a file that holds the value."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "CONNECTOR_"


class OAuthClient(BaseModel):
    """A client that was registered for this deployment with one authorization server; public ones have no secret."""

    client_id: str
    client_secret: SecretStr | None = None


class Settings(BaseSettings):
    """What a deployment sets. Secrets are opaque when printed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    database_url: str = Field(default="sqlite:///connector.db", repr=False)
    secret_key: SecretStr | None = None
    sync_batch: int = Field(default=2000, ge=1)
    public_url: str = "http://127.0.0.1:8080"
    allowed_private_hosts: str = ""
    undocumented_sources: bool = False
    oauth_clients: dict[str, OAuthClient] = {}
    registry_url: str = "https://credentialengineregistry.org"

    @property
    def private_hosts(self) -> frozenset[str]:
        """Hosts (or host:port) on private addresses that may be dialled, also by plain http."""
        return frozenset(host.strip().lower() for host in self.allowed_private_hosts.split(",") if host.strip())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in code first, then the environment, then the files it names."""
        return (init_settings, env_settings, _Files(settings_cls))


class _Files(PydanticBaseSettingsSource):
    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        named = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        text = Path(named).read_text("utf-8").strip() if named else None
        return (self.prepare_field_value(field_name, field, text, self.field_is_complex(field)), field_name, False)

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def environment(name: str) -> str | None:
    """A variable that a person named on the command line (`env:NAME`)."""
    return os.environ.get(name)


def has_screen() -> bool:
    """Whether there is a screen on which a browser could open: elsewhere, one would take the terminal over."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment for a child process that is to have these settings."""
    own = {f"{PREFIX}{name.upper()}": _as_text(value) for name, value in settings if value is not None}
    return dict(os.environ) | own


def _as_text(value: Any) -> str:
    return str(_in_the_clear(value)) if not isinstance(value, dict) else json.dumps(_in_the_clear(value))


def _in_the_clear(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case dict():
            return {name: _in_the_clear(each) for name, each in value.items()}
        case BaseModel():
            return _in_the_clear(dict(value))
    return value
