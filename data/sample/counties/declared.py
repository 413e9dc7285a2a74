"""The declared counties. One more row of the acceptance table is one more value here.

Figures: published practice of counties in Guizhou (see the acceptance table of the field notes).
What has rows of its own (grids, stations, demands, posts) must match by count; what has none is
a published figure. Places are near the real county seats; streets, buildings and people are not
real (演示数据).
"""

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
from data.sample.counties.east import EAST
from data.sample.counties.north import NORTH

CHISHUI = County(
    key="chishui",
    workflow="chishui",
    code="520381",
    name="赤水市",
    name_en="Chishui",
    lon=105.70,
    lat=28.59,
    srid=4544,
    landscape=Landscape(
        style="river_bend",
        bearing_deg=28,
        length_m=5800,
        floor_m=500,
        relief_m=330,
        base_m=238,
        river_m=110,
        meander=1.0,
        meander_m=4300,
        old_town_m=500,
        bridges=5,
        seed=11,
        river_name="赤水河",
        stream_name="习溪",
    ),
    structure=Structure(
        subdistricts=("北城街道", "河滨街道", "金竹街道"),
        communities=(
            "北门社区",
            "文昌社区",
            "书院社区",
            "河滨社区",
            "东门社区",
            "鼓楼社区",
            "渡口社区",
            "南门社区",
            "西门社区",
            "朝阳社区",
            "翠竹社区",
            "丹霞社区",
            "迎宾社区",
            "红军社区",
            "新城社区",
            "金桥社区",
            "团结社区",
        ),
        grids=203,
        grids_before=143,
        households=47_846,  # 235.7 a grid, against a limit of 300
        persons_per_household=3.05,
        compounds_unmanaged=26,
        buildings_scattered=576,
        residents_unmanaged=18_000,
    ),
    stations=StationTiers(
        county=0,
        per_subdistrict=True,
        per_community=True,
        per_grid=True,
        grid_states=(("open", 0.42), ("planned", 0.5), ("suspended", 0.08)),  # 探索: being tried
    ),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        leaders=(
            LeaderGroup(
                "leader_assignment", "市领导联系网格", "市级领导", "县处级", 15, "grid", 30
            ),
            LeaderGroup(
                "leader_assignment", "干部包保网格", "市直部门和街道", "乡科级", 37, "grid", 0
            ),
        ),
        organisations=(OrganisationGroup("party_branch", "党支部", "grid", 1),),
    ),
    ledger=(
        LedgerPart(
            rows=18_036, completion_rate=0.875, satisfaction_rate=0.991, merged=210, withdrawn=106
        ),
    ),
    figures=(
        Figure("needs_collected", 18_000, "条", True),
        Figure("residents_unmanaged", 18_000, "人", True),
        Figure("service_projects", 142, "个"),
        Figure("joint_meetings", 56, "次"),
        Figure("problems_raised", 1_800, "个", True),
        Figure("measures_agreed", 472, "条"),
        Figure("problems_solved", 1_200, "个", True),
        Figure("completion_rate", 0.875, "share"),
        Figure("satisfaction_rate", 0.991, "share"),
    ),
    policy=Policy(
        households_max=300, households_max_before=450, source="赤水市网格优化调整方案(演示)"
    ),
    words=Words(living_circle="15分钟服务圈"),
)

SANSUI = County(
    key="sansui",
    workflow="sansui",
    code="522624",
    name="三穗县",
    name_en="Sansui",
    lon=108.68,
    lat=26.95,
    srid=4545,
    landscape=Landscape(
        style="valley",
        bearing_deg=-18,
        length_m=4000,
        floor_m=420,
        relief_m=240,
        base_m=540,
        river_m=46,
        meander=0.55,
        meander_m=2900,
        old_town_m=330,
        bridges=5,
        seed=23,
        river_name="邛水河",
        stream_name="寨溪",
    ),
    structure=Structure(
        subdistricts=("城西街道", "城东街道"),
        communities=(
            "彩虹社区",
            "朝阳社区",
            "北门社区",
            "东门社区",
            "南门社区",
            "河滨社区",
            "新区社区",
            "翠屏社区",
            "龙井社区",
        ),
        grids=156,
        grids_before=0,
        households=18_486,  # 237 an area, against a limit of 300
        areas=78,
        grids_per_area=2,
        named_areas=(("彩虹社区", 8),),  # a grid numbered 15 needs 8 areas of 2 grids
        persons_per_household=3.25,
        compounds_unmanaged=12,
    ),
    stations=StationTiers(county=1, per_subdistrict=True, per_community=True, per_grid=False),
    duty=DutyTable(
        chiefs_per_grid=1,
        workers_per_grid=1,
        leaders=(
            LeaderGroup("area_chief", "片区长", "县级领导", "县处级", 27, "area", 42),
            LeaderGroup("area_chief", "片区长", "县委组织部", "乡科级", 6, "area", 9),
            LeaderGroup("area_chief", "片区长", "街道", "乡科级", 17, "area", 27),
        ),
        organisations=(
            OrganisationGroup("party_branch", "片区党支部", "community", 2, "彩虹社区"),
            OrganisationGroup("party_group", "楼栋党小组", "community", 15, "彩虹社区"),
            OrganisationGroup("party_branch", "网格党支部", "area", 1),
        ),
        building_stewards=(("彩虹社区", 50),),
    ),
    ledger=(
        LedgerPart(
            rows=2_534,
            completion_rate=0.956,
            satisfaction_rate=0.985,
            merged=0,
            withdrawn=0,
            community="彩虹社区",
            direct=1_322,
        ),
        LedgerPart(
            rows=7_420, completion_rate=0.931, satisfaction_rate=0.978, merged=78, withdrawn=45
        ),
    ),
    figures=(
        Figure("dual_registration_cadres", 2_167, "人"),
        Figure("area_visits", 217, "次"),
        Figure("problems_solved", 181, "个"),
        Figure("area_duties", 10, "项"),
        Figure("demands_received", 2_500, "件", True, "彩虹社区"),
        Figure("demands_solved", 2_400, "件", True, "彩虹社区"),
        Figure("demands_direct", 1_300, "件", True, "彩虹社区"),
        Figure("demands_by_departments", 1_200, "件", True, "彩虹社区"),
    ),
    policy=Policy(
        households_max=300, area_households_max=300, source="三穗县城区片区管理办法(演示)"
    ),
    words=Words(leader_assignment="包保联系"),
)

LIPING = County(
    key="liping",
    workflow="liping",
    code="522301",
    name="兴义市",
    name_en="Xingyi",
    lon=104.90,
    lat=25.09,
    srid=4544,
    landscape=Landscape(
        style="resettlement",
        bearing_deg=64,
        length_m=640,
        floor_m=205,
        relief_m=150,
        base_m=1180,
        river_m=14,
        meander=0.35,
        meander_m=1500,
        old_town_m=160,
        bridges=3,
        seed=7,
        river_name="栗坪河",
        stream_name="响水沟",
    ),
    structure=Structure(
        subdistricts=("栗坪街道",),
        communities=("栗坪社区",),
        grids=12,
        grids_before=0,
        households=2_672,  # 222.7 a grid
        buildings=59,
        entrances=121,
        persons=12_068,
        persons_per_household=12_068 / 2_672,
    ),
    stations=StationTiers(county=0, per_subdistrict=False, per_community=True, per_grid=False),
    duty=DutyTable(chiefs_per_grid=1, workers_per_grid=3),
    ledger=(
        LedgerPart(
            rows=1_640, completion_rate=0.942, satisfaction_rate=0.983, merged=12, withdrawn=8
        ),
    ),
    figures=(),
    policy=Policy(households_max=300, source="栗坪社区网格设置(演示)"),
)

COUNTIES: dict[str, County] = {c.key: c for c in (CHISHUI, SANSUI, LIPING, *EAST, *NORTH)}
