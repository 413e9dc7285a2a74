"""An office that sends household tables: its habits stay, its slips are new every month.

Each community's clerk writes in a way of their own: numbers as 号楼, 栋, 幢, #, Chinese numerals
or full-width figures; old houses by address or by estate and number; entrances one by one or
together. Some estates are called otherwise than in the register (an abbreviation, the unit that
once owned it). None of this knows how matching works.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.layers.households.messy.slips import slip
from tests.layers.households.messy.towns import Real

SLIPS = 0.02  # of rows
WRONG_NUMBER = 0.0015
NO_SUCH = 0.008  # rows of buildings that are not in the register: pulled down, or elsewhere
NEW_NO_SUCH = 0.001  # … of which the office hears this month for the first time
COPIES = 0.006
FORGOTTEN = 0.02  # buildings that the office left out
STRAYS = 0.002  # rows put at the end of a community without their estate
CALLED_OTHERWISE = 0.025  # estates by a name that nobody can guess
ABBREVIATED = 0.08
STYLES = ("栋", "号楼", "幢", "#", "#楼", "座", "栋", "号楼", "中", "宽", "零", "号")
FIGURES = "零一二三四五六七八九十"
OLD_NAMES = ("老招待所", "原粮站", "大水井边", "电站坎上", "老车队", "河边安置房", "三八商店后面",
             "老法院", "原蚕桑站", "皮革社", "五七厂", "老防疫站")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row that the office writes. ``truth``: the building meant, None where there is none.

    ``kind``: what was done to it.
    """

    community: str
    estate: str | None
    building: str | None
    entrance: str | None
    address: str | None
    households: int
    persons: int
    truth: int | None
    kind: str = "plain"


@dataclass(frozen=True)
class Clerk:
    """How one community's rows are written."""

    number: str
    old_by_address: bool
    address_too: bool
    by_entrance: bool
    prefix: bool
    suffix: str
    joined: bool


@dataclass
class Office:
    """A county's office. ``seed`` fixes its habits; ``lines`` takes a seed for each month."""

    town: Sequence[Real]
    county: str
    seed: int
    clerks: dict[str, Clerk] = field(default_factory=dict)
    called: dict[tuple[str, str], str] = field(default_factory=dict)
    ghosts: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        old = list(OLD_NAMES)
        rng.shuffle(old)
        for code in sorted({r.community_code for r in self.town}):
            self.clerks[code] = Clerk(
                rng.choice(STYLES),
                rng.random() < 0.55,
                rng.random() < 0.35,
                rng.random() < 0.3,
                rng.random() < 0.15,
                rng.choice(("", "", "", "小区")),
                rng.random() < 0.4,
            )  # fmt: skip
            for estate in sorted(
                {r.estate for r in self.town if r.community_code == code} - {None}
            ):
                self.called[code, str(estate)] = self._call(str(estate), rng, old)
        # A building that is gone stays in the list for years, after the same neighbour.
        self.ghosts = {r.id: rng.getrandbits(32) for r in self.town if rng.random() < NO_SUCH}

    def _call(self, estate: str, rng: random.Random, old: list[str]) -> str:
        draw = rng.random()
        # A quarter of the old town never had an owner that it could be called by.
        if draw < CALLED_OTHERWISE and not estate.endswith(("片", "组")):
            return old.pop() if old else "原" + estate[-2:] + "旧址"
        if draw < CALLED_OTHERWISE + ABBREVIATED:
            for long, short in (("公司", "司"), ("花园", ""), ("小区", ""), ("家属院", "家属区"),
                                ("职工院", "职工宿舍"), ("老院子", "院子"), ("宿舍", "家属楼"),
                                ("安置新区", "安置区"), ("新村", "")):  # fmt: skip
                if long in estate and len(estate.replace(long, short)) >= 2:
                    return estate.replace(long, short)
            return estate + "小区"
        return estate

    def lines(self, month: int) -> list[Line]:
        """Return the rows of a month's table, community by community."""
        rng = random.Random(self.seed * 1000 + month)
        out: list[Line] = []
        for code in sorted(self.clerks):
            own = [r for r in self.town if r.community_code == code and rng.random() >= FORGOTTEN]
            own.sort(key=lambda r: (r.estate or "~", _figure(r.number), r.address))
            out += self._community(own, self.clerks[code], rng)
        return out

    def _community(self, own: list[Real], clerk: Clerk, rng: random.Random) -> list[Line]:
        lines: list[Line] = []
        for real in own:
            lines += self._building(self._grown(real, rng), clerk, rng)
        if not lines:
            return lines
        strays = [replace(k, estate=None, kind="stray") for k in lines
                  if k.building and k.estate and rng.random() < STRAYS]  # fmt: skip
        gone = {k.truth for k in strays}
        lines = [k for k in lines if k.truth not in gone] + strays
        written = []
        for line in lines:
            written.append(self._hurt(line, rng))
            if rng.random() < COPIES:
                written.append(replace(written[-1], kind="copy"))
            if line.truth in self.ghosts and line.entrance in (None, "1", "1单元", "一单元"):
                written.append(self._no_such(line, random.Random(self.ghosts[line.truth])))
            elif rng.random() < NEW_NO_SUCH:
                written.append(self._no_such(line, rng))
        return written

    def _grown(self, real: Real, rng: random.Random) -> Real:
        more = rng.choice((0, 0, 0, 0, 1, -1, 2)) if real.households > 3 else 0
        return replace(real, households=real.households + more, persons=real.persons + 3 * more)

    def _building(self, real: Real, clerk: Clerk, rng: random.Random) -> list[Line]:
        old = real.name is None
        address = real.address if clerk.address_too or (old and clerk.old_by_address) else None
        if address and clerk.prefix and rng.random() < 0.5:
            address = f"{self.county}{real.community}{address}"
        if address and rng.random() < 0.3:
            address = in_figures(address)
        if address and rng.random() < 0.08:
            address = address.removesuffix("号")
        estate, building = None, None
        if real.estate and real.number and not (old and clerk.old_by_address):
            estate = self.called[real.community_code, real.estate]
            if clerk.suffix and not estate.endswith(("小区", "院", "苑", "片", "组", "村")):
                estate += clerk.suffix
            if clerk.prefix:
                estate = real.community.removesuffix("社区") + estate
            building = _number(_figure(real.number), clerk.number)
            if clerk.joined:
                estate, building = None, estate + building
        elif address is None:
            address = real.address
        line = Line(real.community, estate, building, None, address,
                    real.households, real.persons, real.id)  # fmt: skip
        if clerk.by_entrance and real.entrances > 1 and real.households >= real.entrances:
            return _by_entrance(line, real, rng)
        return [line]

    def _hurt(self, line: Line, rng: random.Random) -> Line:
        draw = rng.random()
        if draw < SLIPS:
            where = rng.choice(
                [
                    f
                    for f in ("estate", "building", "address")
                    if getattr(line, f) and len(getattr(line, f)) > 3
                ]
                or ["estate"]
            )
            text = getattr(line, where)
            if text:
                return replace(line, **{where: slip(text, rng), "kind": "slip"})
        elif draw < SLIPS + WRONG_NUMBER and line.building:
            wrong = "".join(rng.choice("123456789") if c.isdigit() else c for c in line.building)
            if wrong != line.building:
                return replace(line, building=wrong, kind="wrong_number")
        return line

    def _no_such(self, line: Line, rng: random.Random) -> Line:
        how = rng.random()
        few = {"households": rng.randint(1, 40), "truth": None, "kind": "no_such", "entrance": None}
        few["persons"] = 3 * few["households"]  # type: ignore[operator]
        if how < 0.4 and line.building:  # a number that the estate does not have
            style = self.clerks[next(iter(self.clerks))].number
            name = line.building if line.estate is None else ""
            stem = name.rstrip("0123456789０１２３４５６７８９栋号楼幢#座" + FIGURES)
            return replace(
                line, address=None, building=stem + _number(rng.randint(400, 600), style), **few
            )  # type: ignore[arg-type]
        place = rng.choice(
            ("临时板房", "移民点", "烟草站宿舍", "水文站", "砖厂工棚", "看守所家属院")
        )
        return replace(line, estate=None, building=f"{place}{rng.randint(1, 4)}栋", address=None,
                       **few)  # type: ignore[arg-type]  # fmt: skip


def _by_entrance(line: Line, real: Real, rng: random.Random) -> list[Line]:
    n = real.entrances
    cuts = sorted(rng.sample(range(1, real.households), n - 1)) if real.households > n else []
    if len(cuts) != n - 1:
        return [line]
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, real.households], strict=True)]
    style = rng.choice(("{}单元", "{}", "{}单元", "一"))
    parts = []
    for k, share in enumerate(shares, start=1):
        name = f"{FIGURES[k]}单元" if style == "一" and k < 11 else style.format(k)
        parts.append(replace(line, entrance=name, households=share, persons=3 * share))
    return parts


def in_figures(address: str) -> str:
    """Return an address with the number of its lane in figures: 凤尾十一巷 → 凤尾11巷."""
    for value in range(19, 0, -1):
        name = FIGURES[value] if value < 11 else "十" + FIGURES[value - 10]
        for kind in ("巷", "梯道", "路"):
            if name + kind in address:
                return address.replace(name + kind, f"{value}{kind}")
    return address


def _figure(number: str | None) -> int:
    digits = "".join(c for c in number or "" if c.isdigit())
    return int(digits) if digits else 0


def _number(value: int, style: str) -> str:
    if style == "中" and value < 100:
        tens, ones = divmod(value, 10)
        text = (FIGURES[tens] if tens > 1 else "") + "十" if tens else ""
        return text + (FIGURES[ones] if ones else "") + "号楼"
    if style == "宽":
        return "".join(chr(ord(c) + 0xFEE0) for c in str(value)) + "栋"
    if style == "零":
        return f"{value:02d}栋"
    return f"{value}{'号楼' if style == '中' else style}"
