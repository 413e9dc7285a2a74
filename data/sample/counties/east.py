"""Declared counties of the east: 天柱, 锦屏, 凯里, 丹寨, 麻江 (see ``counties`` for the rules)."""

from __future__ import annotations

from data.sample.counties.county import (
    County,
    DutyTable,
    Figure,
    Landscape,
    LeaderGroup,
    LedgerPart,
    OrganisationGroup,
    Policy,
    StationTiers,
    Structure,
    Words,
)

TIANZHU = County(
    key="tianzhu",
    workflow="tianzhu",
    code="522627",
    name="天柱县",
    name_en="Tianzhu",
    lon=109.21,
    lat=26.91,
    srid=4545,
    landscape=Landscape(
        style="valley",
        bearing_deg=52,
        length_m=3600,
        floor_m=560,
        relief_m=170,
        base_m=398,
        river_m=38,
        meander=0.7,
        meander_m=2300,
        old_town_m=360,
        bridges=5,
        seed=31,
        river_name="鉴江",
        stream_name="凤溪",
    ),
    structure=Structure(
        subdistricts=("凤城街道", "邦洞街道", "联山街道"),
        communities=(
            "凤城社区",
            "钟鼓社区",
            "北门社区",
            "南门社区",
            "东门社区",
            "鉴江社区",
            "联山社区",
            "邦洞社区",
        ),
        grids=84,
        grids_before=0,
        households=19_660,  # 234 a grid; the number of grids is not published
        compounds_unmanaged=9,
        persons_per_household=3.2,
    ),
    stations=StationTiers(
        county=1,
        per_subdistrict=True,
        per_community=True,
        per_grid=False,
        exact=(("elderly_care", "日间照料中心", 8), ("kindergarten", "儿童之家", 11)),
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        organisations=(
            OrganisationGroup("functional_branch", "功能型党支部", "grid", total=18),
            OrganisationGroup("party_group", "党小组", "grid"),
        ),
    ),
    ledger=(
        LedgerPart(
            rows=3_208, completion_rate=0.948, satisfaction_rate=0.987, merged=31, withdrawn=22
        ),
    ),
    figures=(
        Figure("courtyard_meetings", 60, "次", True),
        Figure("owners_received", 1_200, "人", True),
        Figure("area_visits", 2_500, "次", True),
        Figure("opinions_collected", 500, "条", True),
        Figure("service_teams", 34, "支"),
        Figure("volunteer_turns", 8_000, "人次", True),
        Figure("people_served", 53_000, "人次", True),
    ),
    policy=Policy(source="天柱县城市基层治理办法(演示)"),
    words=Words(demand_sizes=("小事", "大事", "急事")),
)

JINPING = County(
    key="jinping",
    workflow="jinping",
    code="522628",
    name="锦屏县",
    name_en="Jinping",
    lon=109.20,
    lat=26.68,
    srid=4545,
    landscape=Landscape(
        style="river_bend",
        bearing_deg=8,
        length_m=2600,
        floor_m=270,
        relief_m=300,
        base_m=298,
        river_m=92,
        meander=0.95,
        meander_m=2600,
        old_town_m=250,
        bridges=4,
        seed=43,
        river_name="清水江",
        stream_name="小江",
    ),
    structure=Structure(
        subdistricts=("三江街道", "排洞街道"),
        communities=(
            "飞山社区",
            "赤溪坪社区",
            "排洞社区",
            "风雨桥社区",
            "潘寨社区",
            "河口社区",
            "新城社区",
        ),
        grids=38,
        grids_before=0,
        households=8_360,  # 220 a grid
        compounds_unmanaged=5,
        persons_per_household=3.3,
    ),
    stations=StationTiers(
        county=1,
        per_subdistrict=True,
        per_community=True,
        per_grid=False,
        each_community=("governance_centre",),  # 7 communities, 7 centres
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=3,
        workers=123,
        organisations=(OrganisationGroup("party_group", "党小组", "grid"),),
    ),
    ledger=(
        LedgerPart(
            rows=1_420, completion_rate=0.951, satisfaction_rate=0.982, merged=10, withdrawn=8
        ),
    ),
    figures=(Figure("functional_grids_merged", 3, "类"),),
    policy=Policy(source="锦屏县城市网格整合方案(演示)"),
)

KAILI = County(
    key="kaili",
    workflow="kaili",
    code="522601",
    name="凯里市",
    name_en="Kaili",
    lon=107.98,
    lat=26.57,
    srid=4545,
    landscape=Landscape(
        style="valley",
        bearing_deg=-34,
        length_m=6200,
        floor_m=760,
        relief_m=190,
        base_m=640,
        river_m=52,
        meander=0.6,
        meander_m=3700,
        old_town_m=620,
        bridges=7,
        seed=59,
        river_name="清江",
        stream_name="金井溪",
    ),
    structure=Structure(
        subdistricts=tuple(
            f"{name}街道"
            for name in (
                "城西",
                "大十字",
                "西门",
                "湾溪",
                "洗马河",
                "鸭塘",
                "白果井",
                "开怀",
                "下司",
            )
        ),
        communities=tuple(
            f"{name}社区"
            for name in (
                "大阁山",
                "金井",
                "老街",
                "永乐路",
                "广场路",
                "营盘坡",
                "金泉湖",
                "苗岭",
                "韶山路",
                "清江",
                "万博",
                "凯棉",
                "黄平路",
                "龙井",
                "三棵树",
                "环城",
                "学院",
                "宁波路",
                "未来城",
                "博南",
                "里禾",
                "民族",
                "凯运",
                "红州",
                "大桥",
                "东门",
                "北门",
                "文化宫",
                "迎宾",
                "挂丁",
                "白午",
                "凤凰",
                "银杏",
                "香炉山",
            )
        ),
        grids=102,
        grids_before=0,
        households=35_900,  # 352 a grid under a rule of 500
        compounds_unmanaged=24,
        persons_per_household=3.0,
    ),
    stations=StationTiers(county=1, per_subdistrict=True, per_community=True, per_grid=False),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        leaders=(
            LeaderGroup(
                "leader_assignment", "联系街道", "市级领导", "县处级", 18, "subdistrict", 9
            ),
            LeaderGroup("leader_assignment", "联系社区", "市级领导", "县处级", 54, "community", 34),
        ),
        organisations=(OrganisationGroup("party_branch", "党支部", "grid"),),
    ),
    ledger=(
        LedgerPart(
            rows=5_860, completion_rate=0.936, satisfaction_rate=0.976, merged=64, withdrawn=38
        ),
    ),
    figures=(Figure("problems_solved", 1_200, "个", True),),
    policy=Policy(households_max=500, source="凯里市城区网格设置意见(演示)"),
    words=Words(leader_assignment="联系点"),
)

DANZHAI = County(
    key="danzhai",
    workflow="danzhai",
    code="522636",
    name="丹寨县",
    name_en="Danzhai",
    lon=107.79,
    lat=26.20,
    srid=4545,
    landscape=Landscape(
        style="valley",
        bearing_deg=74,
        length_m=3000,
        floor_m=520,
        relief_m=150,
        base_m=860,
        river_m=20,
        meander=0.5,
        meander_m=2100,
        old_town_m=130,
        bridges=5,
        seed=67,
        river_name="东湖河",
        stream_name="泉山溪",
    ),
    structure=Structure(
        subdistricts=("金泉街道", "龙泉街道"),
        communities=("金泉社区", "幸福社区", "同心社区", "感恩社区"),
        grids=75,
        grids_before=0,
        households=16_870,  # 225 a grid
        persons_per_household=4.2,
        resettlement_sites=16,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=False,
        per_community=True,
        per_grid=True,  # 100 % of grids with organisation, room and function
        exact=(
            ("kindergarten", "安置点幼儿园", 8),
            ("medical", "安置点卫生室", 8),
            ("fitness", "健身点", 10),
        ),
        school_places=4_690,
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        organisations=(OrganisationGroup("party_group", "党小组", "grid"),),
    ),
    ledger=(
        LedgerPart(
            rows=2_130, completion_rate=0.957, satisfaction_rate=0.986, merged=14, withdrawn=11
        ),
    ),
    figures=(
        Figure("service_windows", 7, "个"),
        Figure("school_places", 4_690, "个"),
        Figure("pupils", 1_187, "人"),
    ),
    policy=Policy(source="丹寨县易地扶贫搬迁安置社区网格方案(演示)"),
)

MAJIANG = County(
    key="majiang",
    workflow="majiang",
    code="522635",
    name="麻江县",
    name_en="Majiang",
    lon=107.59,
    lat=26.49,
    srid=4545,
    landscape=Landscape(
        style="valley",
        bearing_deg=-62,
        length_m=2700,
        floor_m=430,
        relief_m=180,
        base_m=920,
        river_m=26,
        meander=0.65,
        meander_m=1900,
        old_town_m=260,
        bridges=4,
        seed=71,
        river_name="麻哈河",
        stream_name="蓝莓溪",
    ),
    structure=Structure(
        subdistricts=("杏山街道", "金竹街道"),
        communities=("杏山社区", "城中社区", "金竹社区", "河滨社区", "新城社区"),
        grids=42,
        grids_before=0,
        households=9_620,  # 229 a grid; the number of grids is not published
        compounds_unmanaged=6,
        persons_per_household=3.2,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=False,
        per_community=True,
        per_grid=False,
        each_community=("governance_centre",),
        exact=(("police", "警务室", 5), ("fire", "微型消防站", 6)),
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        organisations=(OrganisationGroup("resident_unit", "驻区单位", "community", total=86),),
    ),
    ledger=(
        LedgerPart(
            rows=1_260, completion_rate=0.944, satisfaction_rate=0.981, merged=9, withdrawn=7
        ),
    ),
    figures=(Figure("alarm_minutes", 15, "分钟"),),
    policy=Policy(source="麻江县城市社区治理方案(演示)"),
)

EAST = (TIANZHU, JINPING, KAILI, DANZHAI, MAJIANG)
