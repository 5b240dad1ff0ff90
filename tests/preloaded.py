"""The command line, loaded once and forked for each command.

Starting Python and loading the libraries takes most of a command's time. This process does both once, then forks a
child for each command it is told on standard input: the child is a process of its own, with its own folder,
environment and files, and runs the same `main`. `Preloaded` starts it as `python preloaded.py`.
"""

import json
import os
import select
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path

from connector.cli import main

PATIENCE = 120


class Preloaded:
    """A process that has loaded the command line and forks it for each command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)

    def run(
        self, arguments: Sequence[str], folder: Path, environment: dict[str, str], given: bytes | None = None
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command that is `given` this on standard input."""
        assert self._process.stdin
        assert self._process.stdout
        files = {name: str(self._folder / name) for name in ("in", "out", "err")}
        order = {"arguments": [*arguments], "folder": str(folder), "environment": environment, **files}
        with self._turn:
            Path(files["in"]).write_bytes(given or b"")
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert select.select([self._process.stdout], [], [], PATIENCE)[0], f"{arguments} does not come to an end"
            code = int(self._process.stdout.readline())
            return code, Path(files["out"]).read_text("utf-8"), Path(files["err"]).read_text("utf-8")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def forked(order: dict[str, object]) -> int:
    """Run one command in a child and wait for it; its exit code."""
    child = os.fork()
    if child == 0:
        os._exit(_run(order))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(order: dict[str, object]) -> int:
    files = (order["in"], order["out"], order["err"])
    for number, name in enumerate(files):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(str(name), flags, 0o600), number)
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[arg-type]
    sys.argv = ["badge-connector", *order["arguments"]]  # type: ignore[misc]
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(bool(left.code))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    for line in sys.stdin:
        print(forked(json.loads(line)), flush=True)
