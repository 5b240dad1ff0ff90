"""The rules of the house, read from the source, and for each of them the proof that it notices a breach.

The reasons are in docs/decisions/.
"""

import ast
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

DOORS = ("cli", "api", "web", "tasks")
USE_CASES = ("organizations", "connections", "sync", "credentials", "publishing")
GROUND = ("jobs", "storage", "http", "settings", "problem", "clock", "logs")
BESIDE = ("demo", "__init__", "__main__", "opened")
PRODUCT = ("mappings", "adapters", "connector")

PURE_LIBRARIES = ("cryptography", "jwt", "markdown_it", "msgspec", "nh3", "orjson", "pydantic")
ADAPTER_LIBRARIES = ("msgspec", "orjson", "pydantic")
ENVIRONMENT = ("dotenv", "os.environ", "os.environb", "os.getenv", "os.getenvb", "pydantic_settings")
SOCKETS = ("ftplib", "http.client", "imaplib", "poplib", "smtplib", "socket", "urllib.request", "xmlrpc")
CLIENTS = ("aiohttp", "httpcore", "httpx", "requests", "urllib3", "websockets")
CLOCK = ("time", "datetime.date.today", *(f"datetime.datetime.{name}" for name in ("now", "today", "utcnow")))
CHANCE = ("random", "secrets", "uuid.getnode", "uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7")
SYSTEM = ("os", "platform", "shutil", "signal", "sqlite3", "tempfile", "webbrowser")
SIDE_BY_SIDE = ("asyncio", "concurrent", "multiprocessing", "subprocess", "threading")
IMPURE = (*SOCKETS, *CLOCK, *CHANCE, *SYSTEM, *SIDE_BY_SIDE, "http", "socketserver")
LISTENING = ("http.server", "socketserver")
NEVER_OUTBOUND = ("authlib.integrations", "httpx2")
WRITES = re.compile(r"sqlalchemy\.(.+\.)?(insert|update|delete)")
LIST_QUERIES = "connector/credentials/queries.py"
PLATFORM = re.compile("credly|canvas", re.IGNORECASE)
PLATFORM_PACKAGE = re.compile(r"adapters[./]\w+")
NAMES_PLATFORMS = ("adapters/", "benchmarks/", "connector/demo/", "docs/", "tests/")
EMPTY_NAMES = frozenset({"base", "common", "constants", "helpers", "misc", "utils"})
EMPTY_ENDINGS = ("Factory", "Handler", "Manager", "Service")

READ = (".py", ".html", ".toml")
NOT_OURS = frozenset({"__pycache__", "build", "demo-data", "dist", "node_modules", "venv"})


class Mention(NamedTuple):
    """A name and the line it stands on."""

    line: int
    name: str


class Violation(NamedTuple):
    """A line that breaks a rule, and how."""

    file: str
    line: int
    said: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.said}"


@dataclass(frozen=True)
class Module:
    """What the rules look at in one Python file. `names` are those it imports or uses, by full path."""

    file: str
    names: tuple[Mention, ...]
    methods: tuple[Mention, ...]
    keywords: tuple[Mention, ...]
    classes: tuple[Mention, ...]

    @property
    def room(self) -> str:
        """The folder or module just below the package: `sync` for connector/sync/pull.py."""
        return Path(self.file).with_suffix("").parts[1]


@dataclass(frozen=True)
class Tree:
    """The text of every file that the rules read, by its path from the root."""

    files: dict[str, str]

    @classmethod
    def read(cls, root: Path) -> "Tree":
        files: dict[str, str] = {}
        for folder, below, names in os.walk(root):
            below[:] = [b for b in below if b not in NOT_OURS and not b.startswith(".")]
            for path in (Path(folder, name) for name in names if name.endswith(READ)):
                files[path.relative_to(root).as_posix()] = path.read_text("utf-8")
        return cls(dict(sorted(files.items())))

    def write(self, root: Path) -> None:
        for file, text in self.files.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text, "utf-8")

    def modules(self, *folders: str) -> Iterator[Module]:
        """The Python files below these top folders, or all of them."""
        for file, text in self.files.items():
            if file.endswith(".py") and (not folders or file.startswith(tuple(f"{f}/" for f in folders))):
                yield _module(file, text)

    def rooms(self, *rooms: str) -> Iterator[Module]:
        """The Python files of these rooms of the connector."""
        return (module for module in self.modules("connector") if module.room in rooms)

    def product_outside(self, place: str) -> Iterator[Module]:
        """The Python files of all three floors, without one folder or file."""
        return (module for module in self.modules(*PRODUCT) if not module.file.startswith(place))

    def platforms(self) -> tuple[str, ...]:
        """The folders below adapters/ as dotted names, one a platform."""
        parts = [Path(module.file).parts for module in self.modules("adapters")]
        return tuple(sorted({f"adapters.{part[1]}" for part in parts if len(part) > 2}))


@cache
def _module(file: str, text: str) -> Module:
    nodes = list(ast.walk(ast.parse(text, file)))
    package = Path(file).parent.parts
    bound = dict(pair for node in nodes for pair in _bindings(node, package))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    used = (node for node in nodes if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner)
    return Module(
        file=file,
        names=(
            *(mention for node in nodes for mention in _imports(node, package)),
            *(Mention(node.lineno, name) for node in used if (name := _dotted(node, bound))),
        ),
        methods=tuple(Mention(c.lineno, c.func.attr) for c in calls if isinstance(c.func, ast.Attribute)),
        keywords=tuple(Mention(k.value.lineno, k.arg) for c in calls for k in c.keywords if k.arg),
        classes=tuple(Mention(node.lineno, node.name) for node in nodes if isinstance(node, ast.ClassDef)),
    )


def _imports(node: ast.AST, package: tuple[str, ...]) -> Iterator[Mention]:
    if isinstance(node, ast.Import):
        yield from (Mention(node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = _origin(node, package)
        yield from (Mention(node.lineno, f"{origin}.{alias.name}") for alias in node.names)
    elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
        named = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
        yield from (Mention(node.lineno, name) for name in named if isinstance(name, str))


def _origin(node: ast.ImportFrom, package: tuple[str, ...]) -> str:
    above = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join((*above, *filter(None, [node.module])))


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _bindings(node: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{_origin(node, package)}.{alias.name}"


def _dotted(node: ast.expr, bound: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return bound.get(name, "")
        case ast.Attribute(value=value, attr=attr):
            before = _dotted(value, bound)
            return f"{before}.{attr}" if before else ""
    return ""


def _within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def _rooms(*rooms: str) -> tuple[str, ...]:
    return tuple(f"connector.{room}" for room in rooms)


def _tables(*rooms: str) -> tuple[str, ...]:
    return tuple(f"connector.{room}.tables" for room in rooms)


def _breaches(modules: Iterable[Module], find: Callable[[Module], Iterable[Mention]], said: str) -> list[Violation]:
    return [
        Violation(module.file, line, said.format(name))
        for module in modules
        for line, name in sorted(set(find(module)))
    ]


def _named(modules: Iterable[Module], wrong: Callable[[Module, str], bool], said: str) -> list[Violation]:
    return _breaches(modules, lambda module: (m for m in module.names if wrong(module, m.name)), said)


Rule = Callable[[Tree], list[Violation]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Have this rule checked, by its name."""
    RULES[function.__name__] = function
    return function


@rule
def mappings_are_pure(tree: Tree) -> list[Violation]:
    """mappings/ needs nothing but its arguments: no network, database, clock, environment, randomness."""

    def impure(_: Module, name: str) -> bool:
        ours = _standard(name) or _within(name, "mappings", *PURE_LIBRARIES)
        return not ours or _within(name, *IMPURE)

    return _named(tree.modules("mappings"), impure, "mappings/ is pure and may not use {}")


@rule
def adapters_stand_alone(tree: Tree) -> list[Violation]:
    """An adapter knows the contract, the source vocabulary and itself; what is beside the folders, none."""
    platforms = tree.platforms()

    def foreign(module: Module, name: str) -> bool:
        if _standard(name) or _within(name, "adapters.contract", "mappings.open_badges", *ADAPTER_LIBRARIES):
            return False
        own = f"adapters.{module.room}"
        if own in platforms:
            return not _within(name, own)
        return not _within(name, "adapters") or _within(name, *platforms)

    return _named(tree.modules("adapters"), foreign, "an adapter may not import {}")


@rule
def the_connector_discovers_adapters(tree: Tree) -> list[Violation]:
    """connector/ asks which adapters are installed and never imports one; the practice platforms may."""
    platforms = tree.platforms()
    return _named(
        tree.modules("connector"),
        lambda module, name: module.room != "demo" and _within(name, *platforms),
        "{} is found, not imported",
    )


@rule
def doors_are_apart(tree: Tree) -> list[Violation]:
    """A door imports no other door, except that the web mounts the API."""

    def other(module: Module, name: str) -> bool:
        doors = (door for door in DOORS if door != module.room and (module.room, door) != ("web", "api"))
        return _within(name, *_rooms(*doors))

    return _named(tree.rooms(*DOORS), other, "{} is another door")


@rule
def use_cases_keep_their_tables(tree: Tree) -> list[Violation]:
    """A use case reads and writes its own tables only; the list queries may join those of others."""

    def other(module: Module, name: str) -> bool:
        rooms = (room for room in USE_CASES if room != module.room)
        return module.file != LIST_QUERIES and _within(name, *_tables(*rooms))

    return _named(tree.rooms(*USE_CASES), other, "{} belongs to another use case")


@rule
def list_queries_only_read(tree: Tree) -> list[Violation]:
    """The one file that may join the tables of others writes to none."""

    return _named(
        (module for module in tree.rooms("credentials") if module.file == LIST_QUERIES),
        lambda _, name: WRITES.fullmatch(name) is not None,
        "list queries only read, and {} writes",
    )


@rule
def use_cases_know_no_door(tree: Tree) -> list[Violation]:
    """A use case does not know who called it."""
    above = _rooms(*DOORS, "demo")
    return _named(tree.rooms(*USE_CASES), lambda _, name: _within(name, *above), "{} stands above the use cases")


@rule
def the_ground_looks_down(tree: Tree) -> list[Violation]:
    """The ground imports nothing that stands on it; only migrations see the tables."""
    above = _rooms(*USE_CASES, *DOORS, "demo")

    def wrong(module: Module, name: str) -> bool:
        migrates = module.file.startswith("connector/storage/migrations/")
        return _within(name, *above) and not (migrates and _within(name, *_tables(*USE_CASES)))

    return _named(tree.rooms(*GROUND), wrong, "{} stands above the ground")


@rule
def the_connector_has_the_rooms_of_the_plan(tree: Tree) -> list[Violation]:
    """A new room of the connector is first given its floor here, so that no rule overlooks it."""
    known = {*DOORS, *USE_CASES, *GROUND, *BESIDE}
    return [
        Violation(module.file, 1, "is in no room of the plan")
        for module in tree.modules("connector")
        if module.room not in known
    ]


@rule
def platforms_are_named_at_home(tree: Tree) -> list[Violation]:
    """Outside the adapters, the practice platforms, benchmarks, docs and tests no line names a platform."""
    violations: list[Violation] = []
    for file, text in tree.files.items():
        if file.startswith(NAMES_PLATFORMS):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            said = PLATFORM_PACKAGE.sub("", line) if file == "pyproject.toml" else line
            violations += [Violation(file, number, f"names {m.group()}") for m in PLATFORM.finditer(said)]
    return violations


@rule
def the_environment_is_read_in_settings(tree: Tree) -> list[Violation]:
    """Only connector/settings.py reads the environment."""

    def find(module: Module) -> Iterator[Mention]:
        yield from (m for m in module.names if _within(m.name, *ENVIRONMENT))
        yield from (m for m in module.keywords if m.name == "envvar")

    return _breaches(tree.product_outside("connector/settings.py"), find, "{} reads the environment")


@rule
def connections_are_opened_in_http(tree: Tree) -> list[Violation]:
    """Only connector/http/ opens connections, only the practice platforms listen, and nobody uses httpx2."""

    def wrong(module: Module, name: str) -> bool:
        practice = module.file.startswith("connector/demo/")
        sockets = () if practice else SOCKETS
        outbound = () if module.file.startswith("connector/http/") else (*sockets, *CLIENTS)
        listening = () if practice else LISTENING
        return _within(name, *outbound, *listening, *NEVER_OUTBOUND)

    return _named(tree.modules(*PRODUCT), wrong, "{} opens connections")


@rule
def secrets_are_opened_in_connections(tree: Tree) -> list[Violation]:
    """Only connector/connections/ can decrypt."""

    def find(module: Module) -> Iterator[Mention]:
        yield from (m for m in module.names if _within(m.name, "cryptography.fernet"))
        yield from (m for m in module.methods if m.name == "decrypt")

    return _breaches(tree.product_outside("connector/connections/"), find, "{} opens secrets")


@rule
def transactions_are_ended_in_storage(tree: Tree) -> list[Violation]:
    """Only connector/storage/ begins and commits."""

    def find(module: Module) -> Iterator[Mention]:
        return (m for m in module.methods if m.name in {"begin", "commit"})

    return _breaches(tree.product_outside("connector/storage/"), find, "{} belongs to storage")


@rule
def files_have_telling_names(tree: Tree) -> list[Violation]:
    """No file or folder of code is called by a name that fits anything."""
    return [
        Violation(module.file, 1, "a name that says nothing")
        for module in tree.modules()
        if EMPTY_NAMES.intersection(Path(module.file).with_suffix("").parts)
    ]


@rule
def classes_have_telling_names(tree: Tree) -> list[Violation]:
    """No class is named after a role that any class could play."""

    def find(module: Module) -> Iterator[Mention]:
        return (m for m in module.classes if m.name.endswith(EMPTY_ENDINGS))

    return _breaches(tree.modules(), find, "{} says nothing")


class Plant(NamedTuple):
    """Source to add to a copy of the tree: the rule must report the lines marked `# caught` and no others."""

    rule: str
    file: str
    source: str


MARK = re.compile("(#|<!--) caught")
PLANTS = [Plant(**plant) for plant in tomllib.loads((HERE / "planted_violations.toml").read_text("utf-8"))["plant"]]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree.read(ROOT)


@pytest.mark.parametrize("name", RULES)
def test_the_tree_keeps_the_rule(tree: Tree, name: str) -> None:
    broken = [str(violation) for violation in RULES[name](tree)]

    assert not broken, "\n".join(("", *broken))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.rule}-{plant.file}")
def test_a_planted_violation_is_caught_and_nothing_else(tree: Tree, plant: Plant, tmp_path: Path) -> None:
    before = tree.files.get(plant.file, "")
    planted = f"{before}\n{plant.source}" if before else plant.source
    Tree({**tree.files, "adapters/example/__init__.py": "", plant.file: planted}).write(tmp_path)

    found = {violation[:2] for violation in RULES[plant.rule](Tree.read(tmp_path))}

    known = {violation[:2] for violation in RULES[plant.rule](tree)}
    marked = {(plant.file, n) for n, line in enumerate(planted.splitlines(), 1) if MARK.search(line)}
    assert found - known == marked


def test_every_rule_has_a_planted_violation() -> None:
    assert {plant.rule for plant in PLANTS if MARK.search(plant.source)} == set(RULES)
