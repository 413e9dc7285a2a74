from __future__ import annotations

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.merkle import differences, leaf_hash, merkle_root
from tests.properties import examples

LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=40)


def split_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, by recursion."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + split_root(leaves[:half]) + split_root(leaves[half:])).digest()


@settings(max_examples=examples(60))
@given(LEAVES)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == split_root(leaves)


@settings(max_examples=examples(60))
@given(LEAVES.filter(bool), st.data())
def test_a_leaf_that_is_changed_or_left_out_changes_the_root(
    leaves: list[bytes], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    flipped = bytes([leaves[at][0] ^ 1]) + leaves[at][1:]
    root = merkle_root(leaves)
    assert merkle_root([*leaves[:at], flipped, *leaves[at + 1 :]]) != root
    assert merkle_root([*leaves[:at], *leaves[at + 1 :]]) != root
    assert merkle_root([*leaves, flipped]) != root


FIELDS = st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=6)


@settings(max_examples=examples(60))
@given(FIELDS, FIELDS)
def test_entries_of_other_fields_have_another_hash(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (leaf_hash(one) == leaf_hash(other)) == (one == other)


HASHES = st.dictionaries(st.integers(1, 30), st.binary(min_size=1, max_size=1))


@settings(max_examples=examples(60))
@given(HASHES, HASHES)
def test_every_entry_is_the_same_changed_missing_or_added(
    sealed: dict[int, bytes], found: dict[int, bytes]
) -> None:
    apart = differences(sealed, found)
    same = {i for i in sealed if found.get(i) == sealed[i]}
    told = [*same, *apart.changed, *apart.missing, *apart.added]
    assert sorted(told) == sorted(sealed.keys() | found.keys())
    assert bool(apart) == (sealed != found)
