"""Names as offices write them: what is the same, what is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.households.tables.names import (
    address_of,
    estate_key,
    is_bare_number,
    loose_key,
    name_key,
    number_key,
    numbered,
    numeral,
    plain,
    readings,
    similarity,
    sounds,
)
from tests.properties import examples

WORDS = st.text(
    alphabet="将军府小区花苑园院安置新二三十百零〇两12３4９"
    "栋幢座号楼#单元门－-—()（）【】 期第社aA甲",
    max_size=14,
)


@pytest.mark.parametrize(
    "written",
    [
        "将军府3栋",
        "将军府小区 3号楼",
        "将军府３幢",
        "将军府三号楼",
        "将军府3#",
        "将军府3座",
        "将军府3＃楼",
        "将军府（3栋）",
        "将军府第3栋",
        "将军府03栋",
        "将军府 3 号楼2单元",
        "将军府3#-2",
        "将军府3號樓",
        "3号楼（将军府）",
        "将军府３号",
        "将军府3",
    ],
)
def test_one_building_is_written_in_many_ways(written: str) -> None:
    found = {(estate_key(r.estate), r.number) for r in readings(plain(written))}
    assert ("将军府", "3") in found


@pytest.mark.parametrize(
    ("written", "entrance"),
    [
        ("将军府3栋2单元", "2"),
        ("将军府3栋二单元", "2"),
        ("将军府3-2", "2"),
        ("3#-2", "2"),
        ("将军府3栋2单元502室", "2"),
        ("3栋2门洞", "2"),
        ("将军府3栋", None),
    ],
)
def test_the_entrance_is_told_from_the_number(written: str, entrance: str | None) -> None:
    first = next(r for r in readings(plain(written)) if r.number)
    assert (first.number, first.entrance) == ("3", entrance)


def test_a_numeral_may_belong_to_the_estate_or_to_the_number() -> None:
    # 安置新区二十二栋: 安置新区 22栋, or 安置新区二 12栋, or 安置新区二十 2栋
    ways = [(r.estate, r.number) for r in readings("安置新区二十二栋") if r.number]
    assert ways == [("安置新区", "22"), ("安置新区二", "12"), ("安置新区二十", "2")]
    assert [(r.estate, r.number) for r in readings("安置新区二12栋") if r.number] == [
        ("安置新区二", "12")
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("九十九", 99),
        ("一百零五", 105),
        ("二〇", 20),
        ("两", 2),
        ("二二十", None),
        ("院", None),
        ("", None),
    ],
)
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize(
    ("written", "street", "number"),
    [
        ("芭蕉二巷7号", "芭蕉2巷", "7"),
        ("芭蕉2巷 ７号", "芭蕉2巷", "7"),
        ("芭蕉二巷7", "芭蕉2巷", "7"),
        ("解放大道12号附3号", "解放大道", "12-3"),
        ("人民路2段8号", "人民路2段", "8"),
        ("豆腐六梯道5号", "豆腐6梯道", "5"),
        ("滨江东路159号号", "滨江东路", "159"),
    ],
)
def test_an_address_is_a_street_and_a_house_number(written: str, street: str, number: str) -> None:
    found = address_of(plain(written))
    assert found is not None
    assert (found.street, found.number, found.rest) == (street, number, "")


def test_what_follows_a_house_number_is_kept_apart() -> None:
    found = address_of("春晖路7号将军府3栋")
    assert found is not None
    assert (found.street, found.number, found.rest) == ("春晖路", "7", "将军府3栋")
    assert address_of("将军府3栋") is None
    assert all(r.is_house for r in readings("芭蕉二巷7号") if r.number)


def test_estates_that_differ_by_a_word_stay_apart() -> None:
    assert estate_key("将军府小区") == estate_key("将军府") == estate_key("将军府 住宅小区")
    assert estate_key("建筑公司职工院") != estate_key("建筑公司家属院")
    assert estate_key("同心苑") != estate_key("同心苑二") == estate_key("同心苑2期")
    assert loose_key("兰亭苑") == loose_key("兰亭花园") == "兰亭"


def test_what_sounds_alike_is_alike_but_figures_must_agree() -> None:
    assert sounds("兰亭") == sounds("难停") == ("lan", "tin")
    assert similarity("兰停苑", "兰亭苑") > 0.9 > similarity("兰溪苑", "兰亭苑")
    assert similarity("建司职工院", "建筑公司职工院") > 0.8  # an abbreviation
    assert similarity("同心苑2", "同心苑3") == 0.0
    assert similarity("", "兰亭苑") == 0.0


@pytest.mark.parametrize("text", ["3栋", "三号楼", "3#", "a座", "3-1", "12", "3栋2单元"])
def test_bare_numbers(text: str) -> None:
    assert is_bare_number(text)


@pytest.mark.parametrize("text", ["将军府3栋", "芭蕉二巷7号", "小计", "", "第一中学"])
def test_no_bare_numbers(text: str) -> None:
    assert not is_bare_number(text)


@settings(max_examples=examples(400))
@given(WORDS)
def test_keys_are_idempotent(text: str) -> None:
    for key in (plain, numbered, name_key, estate_key):
        once = key(text)
        assert key(once) == once
    assert number_key(number_key(plain(text))) == number_key(plain(text))


@settings(max_examples=examples(200))
@given(WORDS, WORDS)
def test_similarity_is_symmetric_and_between_0_and_1(a: str, b: str) -> None:
    a, b = estate_key(a), estate_key(b)
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert 0.0 <= similarity(a, b) <= 1.0
    assert similarity(a, a) == 1.0
