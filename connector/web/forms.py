"""The form of a platform, drawn from its adapter: a question for each setting and secret of a way in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from adapters.contract import Adapter, Secret, Way
from connector.web.gate import text

Kind = Literal["text", "lines", "number", "tick", "choice", "secret"]


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form. `options` are those of a choice; `expires` and `kept` are as of a `Secret`."""

    name: str
    label: str
    hint: str
    kind: Kind
    value: str = ""
    needed: bool = False
    options: tuple[tuple[str, str], ...] = ()
    expires: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class PlatformForm:
    """What one way into a platform asks: first what the way needs, then what else may be set."""

    kind: type[Adapter]
    way: Way
    first: tuple[Question, ...]
    more: tuple[Question, ...]
    secrets: tuple[Question, ...]

    @property
    def expires(self) -> bool:
        """Whether one of the secrets runs out."""
        return any(secret.expires for secret in self.secrets)


def drawn(kind: type[Adapter], way: Way, values: Mapping[str, Any]) -> PlatformForm:
    """The form of a way in, filled in with `values`, by the names of settings. Secrets are never filled in."""
    elsewhere = {name for each in kind.ways for name in (*each.fields, *each.optional)} | {kind.issuer_choice}
    fields = kind.model_fields
    needed = tuple(_question(name, fields[name], values, needed=True) for name in way.fields)
    optional = tuple(_question(name, fields[name], values) for name in way.optional if name in fields)
    secrets = (each for each in kind.secrets if each.name in (*way.secrets, *way.optional))
    return PlatformForm(
        kind,
        way,
        first=(*needed, *optional),
        more=tuple(_question(name, field, values) for name, field in fields.items() if name not in elsewhere),
        secrets=tuple(_secret(secret, needed=secret.name in way.secrets) for secret in secrets),
    )


def settings_in(form: FormData, drawn_form: PlatformForm) -> dict[str, Any]:
    """The settings that a form was filled in with; what was left empty is left to the adapter's own default."""
    questions = (*drawn_form.first, *drawn_form.more)
    ticks = {each.name: each.name in form for each in questions if each.kind == "tick"}
    typed = {each.name: text(form, each.name).strip() for each in questions if each.kind != "tick"}
    return {name: value for name, value in typed.items() if value} | ticks


def secrets_in(form: FormData, asked: Iterable[Question]) -> dict[str, str]:
    """The secrets that a form was filled in with."""
    typed = {each.name: text(form, each.name).strip() for each in asked}
    return {name: value for name, value in typed.items() if value}


def _question(name: str, field: FieldInfo, values: Mapping[str, Any], *, needed: bool = False) -> Question:
    default = "" if field.is_required() else field.default
    value = values.get(name, default)
    annotation: Any = field.annotation
    kind: Kind = "text"
    if annotation is bool:
        kind, value = "tick", "yes" if value in (True, "true") else ""
    elif annotation is int:
        kind = "number"
    elif get_origin(annotation) is tuple:
        kind, value = "lines", "\n".join([value] if isinstance(value, str) else value)
    elif get_origin(annotation) is Literal:
        kind = "choice"
    words = _words_of(field)
    options = tuple((each, words.get(each, _word(each))) for each in map(str, get_args(annotation)))
    options = options if kind == "choice" else ()
    needed = needed or field.is_required()
    label = field.title or _word(name)
    return Question(name, label, field.description or "", kind, str(value), needed, options)


def _words_of(field: FieldInfo) -> Mapping[str, str]:
    """What an adapter calls the options of a choice, where it says so: `words` beside the field's other facts."""
    extra = field.json_schema_extra
    words = extra.get("words") if isinstance(extra, dict) else None
    return {str(key): str(word) for key, word in words.items()} if isinstance(words, dict) else {}


def _word(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _secret(secret: Secret, *, needed: bool) -> Question:
    return Question(
        secret.name, secret.label, secret.help, "secret", needed=needed, expires=secret.expires, kept=secret.kept
    )
