"""The `@graph` document of a record, as the Credential Registry stores it (CTDL JSON-LD)."""

from collections.abc import Mapping
from typing import Any

from mappings.canonical import canonical
from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import badge_urn, blank_node, is_ctid
from mappings.ctdl.model import Credential, EntityReference, Kind, OrganizationReference, VerificationServiceProfile
from mappings.ctdl.shape import IN_THE_HEAD, PREFIX, filled, properties

CONTEXT = "https://credreg.net/ctdl/schema/context/json"
REGISTRY = "https://credentialengineregistry.org"
UNDECIDED = "ceterms:OpenBadge"


def credential_graph(credential: Credential, registry: str = REGISTRY) -> dict[str, Any]:
    """The document of a credential, main node first, things it only mentions as blank nodes after it.

    `registry` is the base of every `@id`. Incomplete records are written too: without a CTID under a
    `urn:uuid:` of their badge, while undecided as an Open Badge.
    """
    return _Graph(registry, credential.ctid or badge_urn(credential.credential_id or "")).document(
        credential, credential.credential_type or UNDECIDED
    )


def verification_service_graph(profile: VerificationServiceProfile, registry: str = REGISTRY) -> dict[str, Any]:
    """The document of a verification service profile."""
    return _Graph(registry, profile.ctid or "").document(profile, "ceterms:VerificationServiceProfile")


class _Graph:
    """Writes one record; collects the blank nodes that its values mention."""

    def __init__(self, registry: str, owner: str) -> None:
        self.registry = registry.rstrip("/")
        self.owner = owner
        self.mentioned: dict[str, dict[str, Any]] = {}

    def document(self, node: Credential | VerificationServiceProfile, ctdl_class: str) -> dict[str, Any]:
        head: dict[str, Any] = {"@type": ctdl_class, "@id": self.resource(self.owner)}
        if node.ctid:
            head[PREFIX + "ctid"] = node.ctid
        main = head | self.members(node)
        graph = f"{self.registry}/graph/{node.ctid}" if node.ctid else self.owner
        return {"@context": CONTEXT, "@id": graph, "@graph": [main, *self.mentioned.values()]}

    def members(self, node: Any) -> dict[str, Any]:
        written = {a.term: self.value(a.kind, value) for a, value in filled(node) if a.attribute not in IN_THE_HEAD}
        if node.beyond:
            written |= {term: self.beyond(value) for term, value in node.beyond.items()}
        return written

    def value(self, kind: Kind, value: Any) -> Any:
        match kind:
            case Kind.TEXT | Kind.URL | Kind.WORD:
                return value
            case Kind.CONCEPT:
                return _concept(value)
            case Kind.CONCEPTS:
                return [_concept(uri) for uri in value]
            case Kind.SUBJECTS:
                return _subjects(value)
            case Kind.REFERENCES:
                return [self.reference(item) for item in value]
            case Kind.PROFILES:
                return [self.profile(item) for item in value]
            case Kind.REFERENCE:
                return self.reference(value)
            case Kind.PROFILE:
                return self.profile(value)
            case Kind.TEXTS:
                return {language: list(texts) for language, texts in value.items()}
            case _:
                return list(value) if isinstance(value, tuple) else value

    def resource(self, name: str) -> str:
        return f"{self.registry}/resources/{name}" if is_ctid(name) else name

    def reference(self, item: str | EntityReference | OrganizationReference) -> str:
        if isinstance(item, str):
            return self.resource(item)
        name = blank_node(self.owner, canonical(properties(item) | {"type": item.type}))
        self.mentioned.setdefault(name, {"@id": name, "@type": item.type, **self.members(item)})
        return name

    def profile(self, item: Any) -> dict[str, Any]:
        return {"@type": PREFIX + type(item).__name__, **self.members(item)}

    def beyond(self, value: Any) -> Any:
        """The JSON-LD of a term that the model does not know; blank nodes held in it go back into the graph."""
        if isinstance(value, list):
            return [self.beyond(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        written = {term: self.beyond(each) for term, each in value.items()}
        name = written.get("@id")
        if not isinstance(name, str) or not name.startswith("_:") or len(written) == 1:
            return written
        self.mentioned.setdefault(name, written)
        return name


def _concept(uri: str) -> dict[str, Any]:
    scheme, term = vocabulary.concept(uri)
    return {
        "@type": "ceterms:CredentialAlignmentObject",
        "ceterms:framework": scheme.framework,
        "ceterms:frameworkName": {"en-US": scheme.framework_name},
        "ceterms:targetNode": uri,
        "ceterms:targetNodeName": {"en-US": term.label},
    }


def _subjects(value: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    return [
        {"@type": "ceterms:CredentialAlignmentObject", "ceterms:targetNodeName": {language: text}}
        for language, texts in value.items()
        for text in texts
    ]
