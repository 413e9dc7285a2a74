"""What layers sent, kept within its bound in bytes."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services import make_services, weigh
from layers.kit.kept import BoundedStore
from layers.kit.layer import Payload
from tests.demonstration import Loaded


def payload(size: int) -> Payload:
    return Payload(b"x" * size, "text/plain")


def refuse() -> Payload:
    raise AssertionError("it was made a second time")


def test_a_payload_is_made_once() -> None:
    cache: BoundedStore[object, Payload] = BoundedStore(100, weigh)
    first = cache.get("a", lambda: payload(3))
    assert cache.get("a", refuse) is first


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    cache: BoundedStore[object, Payload] = BoundedStore(10, weigh)
    cache.get("a", lambda: payload(4))
    cache.get("b", lambda: payload(4))
    cache.get("a", refuse)
    cache.get("c", lambda: payload(4))  # 12 > 10: b goes
    cache.get("a", refuse)
    cache.get("c", refuse)
    made = []
    cache.get("b", lambda: made.append(1) or payload(4))
    assert made == [1]


def test_a_failure_is_not_kept() -> None:
    cache: BoundedStore[object, Payload] = BoundedStore(100, weigh)
    with pytest.raises(AssertionError):
        cache.get("a", refuse)
    assert cache.get("a", lambda: payload(2)).body == b"xx"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60), st.integers(1, 100))
def test_what_is_held_is_what_is_counted_and_within_the_bound(
    asked: list[tuple[int, int]], bound: int
) -> None:
    cache: BoundedStore[object, Payload] = BoundedStore(bound, weigh)
    for key, size in asked:
        cache.get(key, lambda size=size: payload(size))
        held = sum(len(p.body) for p in cache.all().values())
        assert cache.held == held
        assert held <= bound or len(cache.all()) == 1


def test_two_threads_that_make_the_same_payload_leave_one() -> None:
    cache: BoundedStore[object, Payload] = BoundedStore(100, weigh)
    both = Barrier(2)

    def make() -> Payload:
        both.wait(90)
        return payload(5)

    threads = [Thread(target=cache.get, args=("a", make)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert cache.held == 5


@pytest.mark.database
@pytest.mark.usefixtures("made_ahead")
def test_the_pictures_of_the_first_county_are_made_ahead(liping: Loaded) -> None:
    services = make_services(liping.engine)
    services.warm()
    assert {key for key, *_ in services.cache.all()} == services.layers.keys()
