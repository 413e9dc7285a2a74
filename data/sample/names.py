"""Invented names that sound like a county seat in Guizhou."""

from __future__ import annotations

import numpy as np

ROADS = (
    "解放", "新华", "建设", "红军", "文昌", "迎宾", "朝阳", "丹霞", "竹海", "长征", "和平", "胜利",
    "团结", "书院", "学府", "体育", "工业", "民生", "复兴", "锦绣", "康宁", "金桥", "凤凰", "龙井",
    "翠屏", "南溪", "北辰", "东升", "西湖", "振兴", "惠民", "同心", "安居", "仁爱", "桂林", "枫林",
    "青山", "白鹭", "石桥", "双龙", "天鹅", "春晖", "银杏", "月亮", "云岭", "水岸", "花园", "公园",
)
LANES = (
    "盐井", "鼓楼", "染房", "铁匠", "豆腐", "水井", "衙门", "打铁", "米市", "油榨", "草鞋", "银匠",
    "桂花", "石榴", "皂角", "黄葛", "柚子", "枇杷", "楠竹", "香樟", "银杏", "芭蕉", "梧桐", "槐树",
    "上码头", "下码头", "大码头", "渡口", "河街", "吊脚楼", "青石板", "石梯", "半边街", "城墙", "关帝庙",
    "万寿宫", "禹王宫", "文庙", "武庙", "土地庙", "观音阁", "南华宫", "福音", "戏楼", "官井", "龙井",
    "金鸡", "凤尾", "白果", "荷塘", "月亮", "星子", "太平", "长乐", "永兴", "仁和", "顺城", "兴隆",
    "吉祥", "如意", "平安", "康乐", "崇文", "尚武", "育才", "进士", "状元", "举人", "棋盘", "算盘",
)
ESTATES = (
    "锦江", "丽景", "碧水", "翠竹", "金竹", "御景", "阳光", "书香", "盛世", "天鹅湖", "江畔", "水岸",
    "龙腾", "凤鸣", "紫薇", "玉兰", "桂苑", "兰亭", "名都", "国际", "观澜", "望江", "山语", "云顶",
    "金色", "华府", "翰林", "东方", "西城", "南山", "北苑", "半岛", "滨江", "和谐", "幸福", "安泰",
)
ESTATE_ENDS = {
    "slab_estate": ("花园", "小区", "苑", "家园", "新村", "佳苑"),
    "tower_estate": ("国际城", "华府", "公馆", "名邸", "天下", "半岛", "广场"),
    "compound": ("宿舍", "家属院", "职工院", "老院子"),
}
UNITS = (
    "粮食局", "供销社", "百货公司", "运输公司", "造纸厂", "化肥厂", "农机厂", "邮电局", "水电局", "林业局",
    "农业局", "教育局", "卫生局", "税务所", "工商所", "物资局", "食品公司", "印刷厂", "糖酒公司", "建筑公司",
    "航运公司", "竹木厂", "晒醋厂", "酒厂", "丝绸厂", "电影公司", "新华书店", "医药公司", "煤建公司", "棉织厂",
    "五金厂", "机械厂", "地质队", "气象站", "广播站", "供电所", "自来水厂", "养路段", "盐业公司", "外贸公司",
)
VILLAGES = ("李家湾", "黄泥坡", "大田坝", "石板滩", "杨柳沟", "官田坝", "枫香坪", "竹林湾", "沙湾", "龙塘",
            "半坡", "高坎", "老屋基", "水碾坝", "桐子林", "马鞍山", "新房子", "两岔河", "岩脚", "坳上")
PARKS = ("滨江", "红军", "人民", "文昌", "竹文化", "凤凰山", "烈士陵园", "湿地", "体育", "儿童")
SCHOOLS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def pick(pool: tuple[str, ...], count: int, rng: np.random.Generator) -> list[str]:
    """Return ``count`` different names in a shuffled order; later rounds carry 新, 上, 下 …"""
    prefixes = ("", "新", "上", "下", "东", "西", "南", "北", "前", "后", "大", "小")
    names: list[str] = []
    for prefix in prefixes:
        order = rng.permutation(len(pool))
        names += [prefix + pool[int(k)] for k in order]
        if len(names) >= count:
            break
    return names[:count]


def estate_names(kind: str, count: int, rng: np.random.Generator) -> list[str]:
    """Return different names for estates of one kind."""
    if kind == "compound":
        stems, ends = UNITS, ESTATE_ENDS["compound"]
    elif kind in ESTATE_ENDS:
        stems, ends = ESTATES, ESTATE_ENDS[kind]
    else:
        return [f"{name}" for name in pick(VILLAGES if kind == "village" else LANES, count, rng)]
    every = [stem + end for stem in stems for end in ends]
    order = rng.permutation(len(every))
    return [every[int(k)] for k in order[:count]] + [
        f"{every[int(k % len(every))]}{k // len(every) + 1}期" for k in range(len(every), count)
    ]
