"""The command line, loaded once and forked for each command.

Starting Python and loading the libraries takes most of a command's time. This process does both once, then forks a
child for each command it is told on standard input: the child is a process of its own, with its own folder,
environment and output files, and runs the same `main`. It is started by the tests as `python preloaded.py`.
"""

import json
import os
import sys
import traceback

from connector.cli import main


def forked(order: dict[str, object]) -> int:
    """Run one command in a child and wait for it; its exit code."""
    child = os.fork()
    if child == 0:
        os._exit(_run(order))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(order: dict[str, object]) -> int:
    files: tuple[object, ...] = (os.devnull, order["out"], order["err"])
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
