"""What layers sent, kept by (layer, version, county, revision, parameters), bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from layers.kit.layer import Payload


class PayloadCache:
    """A least-recently-used store of payloads; a key names its revision, so nothing is stale."""

    def __init__(self, size_bytes: int = 192 * 2**20) -> None:
        self._payloads: OrderedDict[Hashable, Payload] = OrderedDict()
        self._lock = Lock()
        self._limit = size_bytes
        self._held = 0

    def get(self, key: Hashable, make: Callable[[], Payload]) -> Payload:
        """Return the payload of a key, made now when it is not there.

        Two requests at once may both make it: that costs time, never a wrong answer, and no
        request waits for another one's work.
        """
        with self._lock:
            found = self._payloads.get(key)
            if found is not None:
                self._payloads.move_to_end(key)
                return found
        made = make()
        with self._lock:
            previous = self._payloads.pop(key, None)
            self._held += len(made.body) - (len(previous.body) if previous else 0)
            self._payloads[key] = made
            while self._held > self._limit and len(self._payloads) > 1:
                _, oldest = self._payloads.popitem(last=False)
                self._held -= len(oldest.body)
        return made
