"""A child process that is started again when it dies, for as long as a block lasts."""

import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STOP_SECONDS = 10.0
_log = structlog.get_logger(__name__)


@contextmanager
def supervised(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """Run a command beside the block; start it again, each time a little later, when it ends by itself."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(command, environment, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(command: Sequence[str], environment: Mapping[str, str], over: threading.Event) -> None:
    pause = FIRST_PAUSE_SECONDS
    while not over.is_set():
        child = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL)
        while child.poll() is None and not over.wait(0.1):
            pass
        if over.is_set():
            _stop(child)
            return
        _log.warning("the worker ended and is started again", exit=child.returncode, after_seconds=pause)
        over.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
