"""How fast requests leave, and how many have left."""

import threading

import httpx
from pyrate_limiter import Duration, InMemoryBucket, Limiter, Rate, SingleBucketFactory

from connector.http.deadline import LOOK_UP_SECONDS, Stopped

STOP = "connector.stop"


class Pace:
    """At most `per_minute` requests in any sixty seconds, counted over all threads of one connection."""

    def __init__(self, per_minute: int) -> None:
        self._bucket = InMemoryBucket([Rate(per_minute, Duration.MINUTE)])
        # Old entries are dropped before each request, which spares the library its thread for that.
        self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))
        self._lock = threading.Lock()
        self.sent = 0

    def before_sending(self, request: httpx.Request) -> None:
        """Wait for the request's turn and count it. Raises Stopped once its `STOP` event is set."""
        stop: threading.Event | None = request.extensions.get(STOP)
        while not self._turn(stop):
            pass
        with self._lock:
            self.sent += 1

    def _turn(self, stop: threading.Event | None) -> bool:
        if stop is not None and stop.is_set():
            raise Stopped
        self._bucket.leak(self._bucket.now())  # type: ignore[no-untyped-call]
        return bool(self._limiter.try_acquire(timeout=LOOK_UP_SECONDS)) and not (stop and stop.is_set())
