"""Rows to buildings: certainty first, doubt into the queue."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from layers.households.matching.match import match
from layers.households.matching.register import (
    Building,
    Match,
    Register,
    community_of,
    make_register,
    written_key,
    written_name,
)
from layers.households.tables.table import WrittenRow
from tests.properties import examples

RIVER, EAST = "520381001001", "520381001002"
BUILDINGS = (
    Building(1, RIVER, "将军府小区", "1栋", "将军府小区1栋", ("河滨路1号",), (), "b-1"),
    Building(2, RIVER, "将军府小区", "2栋", "将军府小区2栋", ("河滨路2号",)),
    Building(3, RIVER, "将军府小区", "3栋", "将军府小区3栋", ("河滨路3号",)),
    Building(4, RIVER, "兰亭苑", "1栋", "兰亭苑1栋"),
    Building(5, RIVER, "兰溪苑", "1栋", "兰溪苑1栋"),
    Building(6, EAST, "兰亭苑", "1栋", None),
    Building(7, RIVER, "盐井片", "7栋", None, ("芭蕉二巷7号",)),
    Building(8, RIVER, None, None, "第一中学"),
    Building(9, EAST, "建筑公司职工院", "1栋", None),
    Building(10, EAST, "建筑公司职工院", "2栋", None),
)
COMMUNITIES = {RIVER: "河滨社区", EAST: "东门社区"}


def register(*more: Building, verdicts: dict[str, str] | None = None) -> Register:
    changed = {b.id: b for b in (*BUILDINGS, *more)}
    return make_register(changed.values(), COMMUNITIES, ["赤水市", "北城街道"], verdicts)


def row(
    number: int,
    estate: str | None = None,
    building: str | None = None,
    *,
    community: str | None = "河滨社区",
    entrance: str | None = None,
    address: str | None = None,
    code: str | None = None,
    households: int | None = None,
) -> WrittenRow:
    values = {"resident": 10 + number if households is None else households}
    return WrittenRow(number, community, estate, building, entrance, address, code, values)


def done(
    rows: list[WrittenRow], known: Register | None = None
) -> list[tuple[str, int | None, str]]:
    return [(m.state, m.building_id, m.how) for m in match(known or register(), rows)]


def one(written: WrittenRow, known: Register | None = None) -> Match:
    (found,) = match(known or register(), [written])
    return found


def test_certainty_comes_in_this_order() -> None:
    assert done([row(1, "别的", "9栋", code="B-1")]) == [("placed", 1, "code")]
    assert done([row(1, "将军府", "3幢")]) == [("placed", 3, "estate_number")]
    assert done([row(1, None, "第1中学")]) == [("placed", 8, "name")]
    assert done([row(1, address="赤水市河滨社区芭蕉2巷 7号")]) == [("placed", 7, "address")]
    assert done([row(1, "将军俯", "3#楼")]) == [("placed", 3, "similar_estate")]


def test_the_same_name_in_two_communities_is_told_apart_by_the_community() -> None:
    assert one(row(1, "兰亭苑", "1栋")).building_id == 4
    assert one(row(1, "兰亭苑", "1栋", community="东门居委会")).building_id == 6
    unknown = one(row(1, "兰亭苑", "1栋", community=None))
    assert (unknown.state, unknown.how) == ("queued", "several")
    assert {c.building_id for c in unknown.candidates} == {4, 6}


def test_what_stands_in_another_community_is_only_offered() -> None:
    found = one(row(1, "建筑公司职工院", "1栋", community="河滨社区"))
    assert (found.state, found.how) == ("queued", "other_community")
    assert found.candidates[0].building_id == 9


def test_addresses_of_other_countries_are_compared_as_they_are() -> None:
    known = register(Building(50, RIVER, None, None, None, ("Hauptstraße 12a",)))
    assert one(row(1, address="HAUPTSTRASSE 12 A"), known).building_id == 50
    assert one(row(1, address="Hauptstraße 12"), known).state == "queued"


def test_a_number_has_to_agree() -> None:
    found = one(row(1, "将军府", "9栋"))
    assert (found.state, found.how) == ("queued", "number_unknown")
    assert {c.building_id for c in found.candidates} == {1, 2, 3}  # what the table does not name


def test_two_estates_as_like_as_each_other_are_for_a_person() -> None:
    found = one(row(1, "兰苑", "1栋"))
    assert found.state == "queued"
    assert {c.building_id for c in found.candidates} >= {4, 5}


def test_a_building_named_exactly_elsewhere_is_hardly_meant() -> None:
    # 兰溪苑 is written rightly in row 2: 兰苑 in row 1 is the other one
    found = done([row(1, "兰苑", "1栋"), row(2, "兰溪苑", "1栋")])
    assert found[0][:2] == ("placed", 4)


def test_estate_and_address_that_disagree_are_for_a_person() -> None:
    found = one(row(1, "将军府", "3栋", address="河滨路2号"))
    assert (found.state, found.how) == ("queued", "disagree")
    assert [c.building_id for c in found.candidates] == [3, 2]


def test_at_most_eight_candidates_best_first() -> None:
    many = [
        Building(100 + n, RIVER, f"兰{c}苑", "9栋", None)
        for n, c in enumerate("甲乙丙丁戊己庚辛壬癸")
    ]
    found = one(row(1, "兰苑", "9栋"), register(*many))
    scores = [c.score for c in found.candidates]
    assert len(scores) == 8
    assert scores == sorted(scores, reverse=True)


def test_an_alias_teaches_how_the_whole_estate_is_called() -> None:
    taught = register(replace(BUILDINGS[8], aliases=("原建司1栋",)))
    assert done([row(1, "原建司", "1号楼", community="东门社区")], taught) == [
        ("placed", 9, "alias")
    ]
    assert done([row(1, None, "原建司2#", community="东门社区")], taught) == [
        ("placed", 10, "estate_taught")
    ]


def test_an_alias_speaks_for_its_own_community() -> None:
    taught = register(replace(BUILDINGS[8], aliases=("安置房1栋",)))
    assert one(row(1, "安置房", "1栋", community="东门社区"), taught).building_id == 9
    assert one(row(1, "安置房", "1栋", community="河滨社区"), taught).state == "queued"


def test_what_was_ruled_to_be_no_building_stays_so() -> None:
    w = row(1, "临时板房", "1栋")
    for verdict, state in (("not_ours", "ignored"), ("unplaced", "unplaced")):
        known = register(verdicts={written_key(w): verdict})
        assert done([row(1, "临时板房", "１号楼")], known) == [(state, None, f"ruled_{verdict}")]


def test_entrances_are_parts_and_their_sum_is_not_counted_again() -> None:
    rows = [
        row(1, "将军府", "3栋", households=48),
        row(2, "将军府", "3栋", entrance="1单元", households=20),
        row(3, "将军府小区3栋", None, entrance="二单元", households=28),  # 20 + 28 = 48
    ]
    assert done(rows) == [
        ("ignored", None, "sum_of_entrances"),
        ("placed", 3, "estate_number"),
        ("placed", 3, "estate_number"),
    ]
    rows[0] = row(1, "将军府", "3栋", households=50)
    assert done(rows)[0] == ("queued", None, "named_twice")


def test_one_building_named_twice_is_for_a_person() -> None:
    rows = [row(1, "将军府", "3栋", households=48), row(5, "将军府", "3号楼", households=52)]
    assert done(rows) == [("queued", None, "named_twice")] * 2
    # … but a likeness gives way to certainty
    rows[1] = row(5, "将军俯", "3号楼", households=52)
    assert [d[0] for d in done(rows)] == ["placed", "queued"]


def test_a_copy_is_left_out_and_two_small_houses_are_not_copies() -> None:
    same = [row(n, "将军府", "3栋", households=48) for n in (1, 5)]
    assert [d[2] for d in done(same)] == ["estate_number", "copy"]
    small = [row(1, "将军府", "3栋", households=4), row(2, "将军府", "1栋"),
             row(3, "将军府", "3栋", households=4)]  # fmt: skip
    assert [d[2] for d in done(small)] == ["named_twice", "estate_number", "named_twice"]
    beside = [row(n, "将军府", "3栋", households=4) for n in (1, 2)]
    assert [d[2] for d in done(beside)] == ["estate_number", "copy"]


def test_rows_outside_hold_their_buildings() -> None:
    rows = [row(1, "将军府", "3栋")]
    (found,) = match(register(), rows, {3: frozenset({None})})
    assert (found.state, found.how) == ("queued", "named_twice")
    (found,) = match(register(), [row(1, "将军府", "3栋", entrance="2单元")], {3: frozenset({"1"})})
    assert found.building_id == 3


def test_communities_are_known_by_every_usual_name() -> None:
    known = register()
    for name in (
        "河滨社区",
        "河滨",
        "河滨居委会",
        "北城街道河滨社区",
        "赤水市河滨社区",
        RIVER,
        "河宾社区",
    ):
        assert community_of(known, name) == RIVER
    for name in (None, "", "南门社区", "青龙村"):
        assert community_of(known, name) is None


def test_two_communities_of_one_name_are_not_told_apart_by_it() -> None:
    known = make_register(BUILDINGS, {**COMMUNITIES, "520381002001": "东门社区"})
    assert community_of(known, "东门社区") is None
    assert community_of(known, "520381002001") == "520381002001"


def test_a_name_is_remembered_with_what_it_needs_to_mean_one_building() -> None:
    assert written_name(row(1, "将军府", "3栋", entrance="1单元")) == "将军府 3栋"
    assert written_name(row(1, None, "3栋")) == "河滨社区 3栋"
    assert written_name(row(1, address="芭蕉二巷7号")) == "芭蕉二巷7号"
    assert written_key(row(1, "将军府小区", "3号楼")) == written_key(row(2, None, "将军府３幢"))


PARTS = st.sampled_from(
    [None, "将军府", "将军俯小区", "兰亭苑", "兰苑", "盐井片", "建司职工院", "别处", "河滨将军府"]
)
NUMBERS = st.sampled_from(
    [None, "1栋", "2#", "三号楼", "９幢", "1-2", "七栋", "兰亭苑1栋", "第一中学"]
)
ROWS = st.lists(
    st.tuples(
        PARTS,
        NUMBERS,
        st.sampled_from(["河滨社区", "东门", None, "别处社区"]),
        st.sampled_from([None, "1单元", "二单元", "3"]),
        st.sampled_from([None, "芭蕉二巷7号", "河滨路2", "别路9号"]),
        st.integers(0, 60),
    ),
    max_size=25,
)


@settings(max_examples=examples(150))
@given(ROWS)
def test_every_row_goes_to_one_place_and_households_are_conserved(
    drawn: list[tuple[str | None, str | None, str | None, str | None, str | None, int]],
) -> None:
    rows = [
        row(n, e, b, community=c, entrance=u, address=a, households=h)
        for n, (e, b, c, u, a, h) in enumerate(drawn, start=1)
    ]
    found = match(register(), rows)
    assert [m.row for m in found] == [w.row for w in rows]
    sums = dict.fromkeys(("placed", "queued", "unplaced", "ignored"), 0)
    for m, w in zip(found, rows, strict=True):
        sums[m.state] += w.values["resident"] or 0
        assert (m.state == "placed") == (m.building_id is not None)
        assert len(m.candidates) <= 8
    assert sum(sums.values()) == sum(w.values["resident"] or 0 for w in rows)
    # no building has a row without an entrance beside another row
    held: dict[int, list[WrittenRow]] = {}
    for m, w in zip(found, rows, strict=True):
        if m.building_id is not None:
            held.setdefault(m.building_id, []).append(w)
    assert match(register(), rows) == found  # and again the same
