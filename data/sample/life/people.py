"""Names of invented office holders. Residents have no names here or anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌波辉鹏飞云雪梅琴"
    "倩颖琳佳欣宇浩然博俊峰晨曦睿航凯雯婷瑶"
)


def person_names(rng: np.random.Generator) -> Iterator[str]:
    """Yield invented names without end."""
    while True:
        surname = SURNAMES[int(rng.integers(len(SURNAMES)))]
        count = 1 if rng.uniform() < 0.25 else 2
        yield surname + "".join(GIVEN[int(k)] for k in rng.integers(0, len(GIVEN), count))
