"""The one bounded store: what is kept per revision until something newer needs the room.

1. A key says everything that its value rests on (county, revision, question, later whose eyes see
   it), so nothing that is found is stale; where it does not, ``stands`` of the value decides.
2. What was asked for longest ago goes first. The bound is a number of entries, or whatever
   ``weigh`` counts (bytes); the newest entry stays even when it is over the bound alone.
3. A failure is not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _one(_: object) -> int:
    return 1


def _always(_: object) -> bool:
    return True


class BoundedStore(Generic[K, V]):
    """A least-recently-used store for many threads; ``most``: its bound, in what ``weigh`` says."""

    def __init__(
        self, most: int, weigh: Callable[[V], int] = _one, start: Mapping[K, V] | None = None
    ) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()
        self._makers: WeakValueDictionary[K, Lock] = WeakValueDictionary()
        self._weigh = weigh
        self._most = most
        self._held = 0
        self.hits = self.misses = 0
        for key, value in (start or {}).items():
            self.keep(key, value)

    def find(self, key: K) -> V | None:
        """Return the value of a key, None when it is not there."""
        with self._lock:
            if key in self._values:
                self.hits += 1
                self._values.move_to_end(key)
            else:
                self.misses += 1
            return self._values.get(key)

    def keep(self, key: K, value: V) -> V:
        """Keep a value, in place of the one before; return it."""
        with self._lock:
            if key in self._values:
                self._held -= self._weigh(self._values.pop(key))
            self._values[key] = value
            self._held += self._weigh(value)
            while self._held > self._most and len(self._values) > 1:
                _, oldest = self._values.popitem(last=False)
                self._held -= self._weigh(oldest)
        return value

    def take(self, key: K) -> V | None:
        """Return the value of a key and keep it no longer; None when it is not there."""
        with self._lock:
            value = self._values.pop(key, None)
            if value is not None:
                self._held -= self._weigh(value)
        return value

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made now when it is not there.

        Two threads at once may both make it: that costs time, never a wrong answer, and nobody
        waits for another one's work.
        """
        found = self.find(key)
        return self.keep(key, make()) if found is None else found

    def get_once(
        self, key: K, make: Callable[[V | None], V], stands: Callable[[V], bool] = _always
    ) -> V:
        """Return the value of a key while it ``stands``; one thread makes it, the others wait.

        ``make`` gets the value before, so that it computes only what changed.
        """
        with self._lock:
            maker = self._makers.setdefault(key, Lock())
        with maker:
            found = self.find(key)
            return found if found is not None and stands(found) else self.keep(key, make(found))

    def all(self) -> dict[K, V]:
        """Return what is kept now, what was asked for longest ago first."""
        with self._lock:
            return dict(self._values)

    @property
    def held(self) -> int:
        """Return what everything kept weighs."""
        return self._held
