"""The one bounded store: against a plain list, and with threads that want the same."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.kit.kept import BoundedStore

steps = st.lists(
    st.tuples(st.sampled_from(["find", "get", "once"]), st.integers(0, 6), st.integers(0, 9)),
    max_size=60,
)


@given(steps, st.integers(0, 20))
def test_the_store_holds_what_a_list_ordered_by_last_use_would(
    asked: list[tuple[str, int, int]], bound: int
) -> None:
    kept: BoundedStore[int, int] = BoundedStore(bound, weigh=lambda value: value)
    model: list[tuple[int, int]] = []  # (key, value), what was used last at the end
    for how, key, value in asked:
        before = next((pair for pair in model if pair[0] == key), None)
        if how == "find":
            found = kept.find(key)
        elif how == "get":
            found = kept.get(key, lambda value=value: value)
        else:
            found = kept.get_once(key, lambda _, value=value: value)
        if before is not None:
            assert found == before[1]
            model.remove(before)
            model.append(before)
        elif how != "find":
            assert found == value
            model.append((key, value))
            while sum(v for _, v in model) > bound and len(model) > 1:
                model.pop(0)
        assert list(kept.all().items()) == model
        assert kept.held == sum(v for _, v in model)


def test_what_does_not_stand_is_made_again_from_what_was_there() -> None:
    kept: BoundedStore[str, tuple[int, ...]] = BoundedStore(2)

    def follow(version: int) -> Callable[[tuple[int, ...] | None], tuple[int, ...]]:
        return lambda before: (*(before or ()), version)

    def ask(version: int) -> tuple[int, ...]:
        return kept.get_once("town", follow(version), lambda found: found[-1] == version)

    assert ask(1) == (1,)
    assert ask(1) == (1,)
    assert ask(2) == (1, 2)


def test_one_makes_it_and_the_others_wait_while_other_keys_go_on() -> None:
    kept: BoundedStore[str, int] = BoundedStore(4)
    begun, go, made = Event(), Event(), []

    def make(_: int | None) -> int:
        begun.set()
        assert go.wait(30)
        made.append(1)
        return 7

    found: list[int] = []
    threads = [Thread(target=lambda: found.append(kept.get_once("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    assert kept.get_once("b", lambda _: 1) == 1  # not held up by "a"
    go.set()
    for thread in threads:
        thread.join(30)
    assert (made, found) == ([1], [7, 7, 7, 7])


def test_a_maker_that_fails_lets_the_next_one_try() -> None:
    kept: BoundedStore[str, int] = BoundedStore(4)

    def fail(_: int | None) -> int:
        raise ValueError("no streets")

    with pytest.raises(ValueError, match="no streets"):
        kept.get_once("a", fail)
    assert kept.get_once("a", lambda _: 2) == 2
