"""What people ask for: topics with their season, size, words and the department that answers."""

from __future__ import annotations

from dataclasses import dataclass

SIZES = ("small", "big", "hard")
CHANNELS = (("网格员上报", 0.41), ("12345热线", 0.26), ("小程序", 0.21), ("来访", 0.12))


@dataclass(frozen=True, slots=True)
class Topic:
    """One category of demands.

    ``season``: (day of the year of the peak, width in days, strength); ``spells``: comes with
    weather of a few days. ``sizes``: shares of small, big, hard. ``direct``: how readily the
    community handles it itself. ``words``: (place, what) of titles.
    """

    name: str
    share: float
    department: str
    direct: float
    sizes: tuple[float, float, float]
    urgency: int
    words: tuple[tuple[str, str], ...]
    season: tuple[float, float, float] = (1, 30, 0)
    spells: bool = False


TOPICS = (
    Topic(
        "物业管理",
        13,
        "住房和城乡建设局",
        0.6,
        (0.62, 0.3, 0.08),
        1,
        (
            ("house", "无人清扫楼道"),
            ("house", "楼道杂物堆放"),
            ("house", "单元门损坏"),
            ("house", "电梯经常故障"),
            ("house", "物业服务不到位"),
        ),
    ),
    Topic(
        "环境卫生",
        15,
        "综合行政执法局",
        0.8,
        (0.85, 0.13, 0.02),
        1,
        (
            ("street", "垃圾清运不及时"),
            ("street", "垃圾桶破损"),
            ("house", "楼下垃圾堆放"),
            ("street", "沟渠有异味"),
            ("street", "公厕保洁不到位"),
        ),
        (200, 50, 0.7),
    ),
    Topic(
        "市政设施",
        13,
        "住房和城乡建设局",
        0.3,
        (0.55, 0.37, 0.08),
        2,
        (
            ("street", "路灯不亮"),
            ("street", "井盖松动"),
            ("street", "路面破损"),
            ("street", "人行道地砖松动"),
            ("street", "护栏损坏"),
            ("street", "梯步扶手锈蚀"),
        ),
    ),
    Topic(
        "供水供电",
        9,
        "水务局",
        0.25,
        (0.6, 0.34, 0.06),
        2,
        (
            ("house", "水压不足"),
            ("house", "停水"),
            ("house", "水管漏水"),
            ("street", "线路杂乱下垂"),
            ("house", "电表箱门损坏"),
        ),
        (205, 35, 0.9),
    ),
    Topic(
        "房屋渗漏",
        7,
        "住房和城乡建设局",
        0.3,
        (0.38, 0.42, 0.2),
        2,
        (
            ("house", "屋面渗漏"),
            ("house", "外墙渗水"),
            ("house", "下水管堵塞"),
            ("house", "化粪池满溢"),
        ),
        (170, 35, 1.6),
    ),
    Topic(
        "停车出行",
        8,
        "公安局",
        0.35,
        (0.6, 0.32, 0.08),
        1,
        (
            ("street", "占道停车"),
            ("street", "消防通道被占"),
            ("house", "停车位不足"),
            ("street", "盼增设斑马线"),
        ),
    ),
    Topic(
        "邻里纠纷",
        7,
        "司法局",
        0.9,
        (0.6, 0.3, 0.1),
        1,
        (
            ("house", "楼上漏水纠纷"),
            ("house", "公共区域占用纠纷"),
            ("house", "养犬纠纷"),
            ("house", "装修纠纷"),
        ),
    ),
    Topic(
        "噪声扰民",
        6,
        "综合行政执法局",
        0.6,
        (0.8, 0.18, 0.02),
        1,
        (
            ("street", "夜市噪声扰民"),
            ("street", "广场舞音量过大"),
            ("street", "施工噪声扰民"),
            ("house", "空调外机噪声"),
        ),
        (215, 45, 1.1),
    ),
    Topic(
        "消防安全",
        5,
        "应急管理局",
        0.5,
        (0.5, 0.38, 0.12),
        3,
        (
            ("house", "电动车进楼充电"),
            ("house", "灭火器过期"),
            ("house", "楼道堵塞"),
            ("street", "消火栓无水"),
        ),
        (20, 45, 0.5),
    ),
    Topic(
        "养老助残",
        5,
        "民政局",
        0.7,
        (0.6, 0.34, 0.06),
        1,
        (("house", "盼上门理发和体检"), ("house", "盼加装扶手"), ("house", "咨询高龄补贴")),
    ),
    Topic(
        "就业社保",
        4,
        "人力资源和社会保障局",
        0.6,
        (0.75, 0.23, 0.02),
        1,
        (("house", "咨询养老保险"), ("house", "求职登记"), ("house", "咨询公益性岗位")),
        (50, 25, 1.2),
    ),
    Topic(
        "政策咨询",
        4,
        "民政局",
        0.9,
        (0.95, 0.05, 0.0),
        1,
        (("house", "咨询居住证明"), ("house", "咨询医保缴费"), ("house", "咨询老旧小区改造")),
    ),
    Topic(
        "防汛排涝",
        3.4,
        "水务局",
        0.3,
        (0.4, 0.45, 0.15),
        3,
        (
            ("street", "路面积水"),
            ("street", "排水沟堵塞"),
            ("house", "堡坎开裂"),
            ("street", "边坡落石"),
            ("house", "地下室进水"),
        ),
        (168, 26, 14.0),
        True,
    ),
    Topic(
        "雪凝除冰",
        2.2,
        "应急管理局",
        0.6,
        (0.8, 0.18, 0.02),
        3,
        (
            ("street", "梯步结冰"),
            ("street", "路面凝冻"),
            ("house", "水管冻裂"),
            ("street", "树枝压断"),
        ),
        (20, 18, 60.0),
        True,
    ),
)
