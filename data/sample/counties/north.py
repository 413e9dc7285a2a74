"""Declared counties of the north: 仁怀, 习水, 印江, 松桃 (see ``counties`` for the rules)."""

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

RENHUAI = County(
    key="renhuai",
    workflow="renhuai",
    code="520382",
    name="仁怀市",
    name_en="Renhuai",
    lon=106.40,
    lat=27.80,
    srid=4544,
    landscape=Landscape(
        style="valley",
        bearing_deg=38,
        length_m=3900,
        floor_m=500,
        relief_m=260,
        base_m=860,
        river_m=22,
        meander=0.75,
        meander_m=2500,
        old_town_m=420,
        bridges=6,
        seed=84,
        river_name="盐津河",
        stream_name="鲁班溪",
    ),
    structure=Structure(
        subdistricts=("鲁班街道",),
        communities=(
            "葡萄苑社区",
            "鲁班社区",
            "盐津社区",
            "酒都社区",
            "国酒社区",
            "北门社区",
            "南门社区",
            "杨柳社区",
            "白果社区",
        ),
        grids=113,
        grids_before=0,
        households=26_700,  # 236 a grid
        named_areas=(("葡萄苑社区", 14),),
        compounds_unmanaged=8,
        persons_per_household=3.0,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=True,
        per_community=True,
        per_grid=False,
        exact=(
            ("worker_station", "户外劳动者驿站", 120),
            ("service_station", "心枢纽", 10),
            ("market", "平价店", 39),
            ("toilet", "公共厕所", 22),
        ),
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        organisations=(
            OrganisationGroup("party_branch", "党支部", "grid", total=25),
            OrganisationGroup("work_team", "工作队", "grid", total=16),
        ),
    ),
    ledger=(
        LedgerPart(
            rows=4_180, completion_rate=0.939, satisfaction_rate=0.979, merged=40, withdrawn=26
        ),
    ),
    figures=(
        Figure("volunteer_teams", 64, "支"),
        Figure("estate_work_teams", 12, "支", False, "葡萄苑社区"),
        Figure("solved_by_residents", 207, "个"),
        Figure("solved_by_communities", 154, "个"),
        Figure("solved_by_branches", 185, "个"),
        Figure("solved_by_departments", 82, "个"),
    ),
    policy=Policy(source="仁怀市红城微家工作方案(演示)"),
    words=Words(living_circle="15分钟便民服务圈"),
)

XISHUI = County(
    key="xishui",
    workflow="xishui",
    code="520330",
    name="习水县",
    name_en="Xishui",
    lon=106.21,
    lat=28.33,
    srid=4544,
    landscape=Landscape(
        style="valley",
        bearing_deg=-8,
        length_m=5200,
        floor_m=540,
        relief_m=240,
        base_m=1120,
        river_m=24,
        meander=0.55,
        meander_m=3300,
        old_town_m=380,
        bridges=6,
        seed=97,
        river_name="习部河",
        stream_name="杉王溪",
    ),
    structure=Structure(
        subdistricts=("东皇街道", "九龙街道", "杉王街道", "马临街道"),
        communities=(
            "东皇社区",
            "府东社区",
            "府西社区",
            "九龙社区",
            "杉王社区",
            "马临社区",
            "和平社区",
            "新华社区",
            "桃林社区",
            "伏龙社区",
            "红城社区",
            "图书社区",
            "长青社区",
            "木楠社区",
        ),
        grids=179,
        grids_before=0,
        households=41_600,  # 232 a grid
        compounds_unmanaged=15,
        persons_per_household=3.1,
    ),
    stations=StationTiers(
        county=1,
        per_subdistrict=True,
        per_community=True,
        per_grid=False,
        exact=(
            ("medical", "社区卫生服务站", 26),
            ("fitness", "健身广场", 34),
            ("toilet", "开放公厕", 52),
            ("pharmacy", "药房", 40),
        ),
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        workers=335,
        leaders=(
            LeaderGroup(
                "leader_assignment", "县领导联系社区", "县级领导", "县处级", 28, "community", 0
            ),
        ),
    ),
    ledger=(
        LedgerPart(
            rows=6_940, completion_rate=0.928, satisfaction_rate=0.972, merged=70, withdrawn=44
        ),
    ),
    figures=(
        Figure("leader_visits_least", 3, "次/年"),
        Figure("leader_problems_least", 2, "个/年"),
    ),
    policy=Policy(source="习水县四级联防联动方案(演示)"),
    words=Words(living_circle="15分钟生活圈"),
)

YINJIANG = County(
    key="yinjiang",
    workflow="yinjiang",
    code="520625",
    name="印江县",
    name_en="Yinjiang",
    lon=108.41,
    lat=28.00,
    srid=4545,
    landscape=Landscape(
        style="river_bend",
        bearing_deg=-52,
        length_m=4600,
        floor_m=470,
        relief_m=290,
        base_m=440,
        river_m=78,
        meander=0.8,
        meander_m=3100,
        old_town_m=400,
        bridges=6,
        seed=101,
        river_name="印江河",
        stream_name="甲山溪",
    ),
    structure=Structure(
        subdistricts=("峨岭街道", "龙津街道", "中兴街道"),
        communities=(
            "大圣墩社区",
            "文昌社区",
            "甲山社区",
            "新寨社区",
            "龙津社区",
            "坪阳社区",
            "书法社区",
            "中洲社区",
            "红光社区",
            "学府社区",
            "团龙社区",
        ),
        grids=173,
        grids_before=0,
        households=40_500,  # 234 a grid
        compounds_unmanaged=14,
        persons_per_household=3.2,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=True,  # 3 + 11 = 14 service centres
        per_community=True,
        per_grid=False,
        exact=(("red_station", "党建阵地", 21),),
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=2,
        workers=506,  # "more than 500"
        organisations=(
            OrganisationGroup("general_branch", "党总支", "subdistrict"),
            OrganisationGroup("party_branch", "党支部", "grid", total=21),
            OrganisationGroup("party_group", "党小组", "grid"),
        ),
    ),
    ledger=(
        LedgerPart(
            rows=6_120, completion_rate=0.933, satisfaction_rate=0.978, merged=58, withdrawn=40
        ),
    ),
    figures=(
        Figure("solved_on_the_spot", 300, "件", True),
        Figure("solved_among_neighbours", 200, "件", True),
        Figure("solved_online", 1_000, "件", True),
        Figure("grid_workers", 500, "人", True),
    ),
    policy=Policy(source="印江自治县网格优化方案(演示)"),
    words=Words(living_circle="15分钟便民服务圈", grid_worker="楼栋网格员"),
)

SONGTAO = County(
    key="songtao",
    workflow="songtao",
    code="520628",
    name="松桃县",
    name_en="Songtao",
    lon=109.20,
    lat=28.16,
    srid=4545,
    landscape=Landscape(
        style="river_bend",
        bearing_deg=26,
        length_m=3900,
        floor_m=450,
        relief_m=220,
        base_m=330,
        river_m=66,
        meander=0.6,
        meander_m=3000,
        old_town_m=360,
        bridges=5,
        seed=109,
        river_name="松江",
        stream_name="七星溪",
    ),
    structure=Structure(
        subdistricts=("蓼皋街道", "世昌街道", "大兴街道"),
        communities=(
            "蓼皋社区",
            "平块社区",
            "七星社区",
            "松江社区",
            "世昌社区",
            "城东社区",
            "飞灵社区",
            "大湾社区",
            "文山社区",
        ),
        grids=102,
        grids_before=0,
        households=23_900,  # 234 a grid
        compounds_unmanaged=10,
        persons_per_household=3.3,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=True,  # 3 + 9 = 12 service centres
        per_community=True,
        per_grid=False,
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        leaders=(
            LeaderGroup("leader_assignment", "包保社区", "县级领导", "县处级", 27, "community", 9),
            LeaderGroup("leader_assignment", "包保网格", "街道班子", "乡科级", 8, "grid", 40),
            LeaderGroup("leader_assignment", "联系网格", "县直部门", "乡科级", 10, "grid", 62),
        ),
        # 73 groups and 29 branches serve 102 grids: no gap
        organisations=(
            OrganisationGroup("party_group", "党小组", "grid", total=73, subjects=73),
            OrganisationGroup("party_branch", "党支部", "grid", total=29, subjects=29),
        ),
    ),
    ledger=(
        LedgerPart(
            rows=3_540, completion_rate=0.941, satisfaction_rate=0.977, merged=36, withdrawn=21
        ),
    ),
    figures=(
        Figure("problems_solved", 500, "个", True),
        Figure("leader_problems", 80, "个", True),
        Figure("whistles_answered", 40, "次"),
    ),
    policy=Policy(source="松桃自治县城区网格党建方案(演示)"),
)

NORTH = (RENHUAI, XISHUI, YINJIANG, SONGTAO)
