"""The table of households by building, to fill in. (Its rows are read by ``layers/households``.)"""

from __future__ import annotations

from typing import Any, Final

from data.importers.reading.columns import Column

COLUMNS: Final = (
    Column("community", aliases=("社区",)),
    Column("estate", aliases=("小区",)),
    Column("building", aliases=("楼栋",), required=True),
    Column("entrance", aliases=("单元",)),
    Column("address", aliases=("地址",)),
    Column("resident", "whole", ("常住户数",), required=True),
    Column("registered", "whole", ("户籍户数",)),
    Column("rented", "whole", ("租住户数",)),
    Column("vacant", "whole", ("空置户数",)),
    Column("dwellings", "whole", ("住房套数",)),
    Column("persons", "whole", ("人口数",)),
    Column("elderly", "whole", ("老年人数",)),
    Column("children", "whole", ("儿童数",)),
    Column("employed", "whole", ("就业人数",)),
    Column("floating_population", "whole", ("流动人口",)),
)


def example(lang: str) -> list[Any]:
    """Return what a row may look like."""
    zh = lang == "zh"
    return [
        "东门社区" if zh else "East Gate",
        "将军府小区" if zh else "General's Court",
        "3栋" if zh else "3",
        "1单元" if zh else "1",
        None,
        24,
        22,
        3,
        2,
        28,
        71,
        12,
        9,
        38,
        4,
    ]
