"""What must not be in the tree or beside it: a machine's names, the other HTTP client, a skip nobody sees."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REQUIRE_ALL = "CONNECTOR_TEST_REQUIRE_ALL"

# Put together here, so that this file does not contain what it looks for.
PACKAGE_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs"),
        ("registry", "yarnpkg"),
        ("deb", "debian"),
        ("security", "debian"),
        ("archive", "ubuntu"),
        ("security", "ubuntu"),
        ("proxy", "golang"),
        ("index", "crates"),
    )
]
BUILD_PATHS = [f"/{folder}/" for folder in ("work", "root")]
# A path follows no letter: the same text in the middle of a web address is none of ours.
FORBIDDEN = re.compile(
    "|".join((*map(re.escape, PACKAGE_HOSTS), *(rf"(?<![\w.-]){re.escape(path)}" for path in BUILD_PATHS)))
)

ONE_OF_EACH = """
import pytest

def test_passes():
    pass

def test_skips():
    pytest.skip("no service here")

@pytest.mark.skipif(True, reason="no service here either")
def test_is_marked_as_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    raise AssertionError
"""
SKIPS_WHOLE = """
import pytest

pytest.importorskip("no_such_module_anywhere")

def test_never_runs():
    pass
"""


def forbidden_names(paths: Iterable[Path]) -> Iterator[str]:
    """Each place in these files that names a package index or a path of a build machine."""
    for path in paths:
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            yield from (f"{path}:{number}: {match.group()}" for match in FORBIDDEN.finditer(line))


@pytest.fixture
def files_of_the_tree() -> list[Path]:
    # The checkout may belong to another user than the one who runs the tests.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test run of its own that uses our conftest and is asked to require all."""
    monkeypatch.setenv(REQUIRE_ALL, "1")
    pytester.makeconftest((HERE / "conftest.py").read_text("utf-8"))
    return pytester


def test_no_file_names_a_package_index_or_a_path_of_a_build_machine(files_of_the_tree: list[Path]) -> None:
    assert HERE / "test_tree.py" in files_of_the_tree
    assert list(forbidden_names(files_of_the_tree)) == []


@pytest.mark.parametrize("name", [*PACKAGE_HOSTS, *BUILD_PATHS])
def test_a_planted_name_is_found_with_its_line(tmp_path: Path, name: str) -> None:
    planted = tmp_path / "planted.txt"
    planted.write_text(f"fine\nsee '{name}x' there\n", "utf-8")

    assert list(forbidden_names([planted])) == [f"{planted}:2: {name}"]


def test_an_address_that_only_looks_like_a_path_of_a_build_machine_is_fine(tmp_path: Path) -> None:
    address = tmp_path / "address.txt"
    address.write_text("".join(f"https://school.example{path}1\n" for path in BUILD_PATHS), "utf-8")

    assert list(forbidden_names([address])) == []


def test_the_other_http_client_is_not_installed() -> None:
    assert find_spec("httpx2") is None


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_the_other_http_client_is_not_asked_for(name: str) -> None:
    asked = (ROOT / name).read_text("utf-8").lower()

    assert "httpx2" not in asked
    assert not re.search(r"(fastapi|starlette)\[", asked), "these extras bring it in"


def test_a_skip_is_a_skip_on_a_laptop(inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE_ALL)
    inner.makepyfile(test_each=ONE_OF_EACH, test_whole=SKIPS_WHOLE)

    inner.runpytest_inprocess().assert_outcomes(passed=1, skipped=3, xfailed=1)


def test_a_skip_fails_where_all_is_required(inner: pytest.Pytester) -> None:
    inner.makepyfile(ONE_OF_EACH)

    result = inner.runpytest_inprocess()

    result.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*allows no skip. Skipped: no service here"])
    result.stdout.fnmatch_lines(["*allows no skip. Skipped: no service here either"])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_skipped_file_fails_where_all_is_required(inner: pytest.Pytester, workers: str) -> None:
    inner.makepyfile(SKIPS_WHOLE)

    result = inner.runpytest_subprocess("-n", workers)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*allows no skip. Skipped: could not import 'no_such_module_anywhere'*"])
