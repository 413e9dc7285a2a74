"""Slips of the hand and of the input method, as they are seen in tables of real offices."""

from __future__ import annotations

import random

# What an input method offers beside the right character (same sound), or the eye takes for it.
MISTAKEN = {
    "苑": "院园宛", "院": "苑园完", "园": "院圆苑", "府": "俯符附", "亭": "停庭廷", "兰": "蓝栏澜",
    "佳": "家嘉住", "家": "佳嘉稼", "锦": "绵棉金", "阳": "杨洋羊", "新": "心欣兴", "华": "花化哗",
    "城": "诚成域", "景": "井影竟", "福": "富幅副", "和": "河合何", "安": "岸按案", "龙": "隆笼尤",
    "湾": "弯湿", "坡": "波披", "宿": "缩宾", "厂": "场广", "局": "句居", "巷": "项港恭",
    "豆": "斗逗", "腐": "府附", "芭": "巴笆", "蕉": "焦礁", "铁": "贴失", "匠": "降近",
    "盐": "监严", "井": "景并", "桂": "挂贵", "石": "右实", "榴": "留瘤", "皂": "早造",
    "柚": "油由", "楠": "南难", "樟": "章漳", "银": "很艮", "杏": "信否", "梧": "吾悟",
    "桐": "铜洞", "槐": "愧怀", "码": "马吗", "渡": "度镀", "街": "衔接", "楼": "搂娄",
    "板": "版扳", "墙": "强樯", "关": "光送", "庙": "苗妙", "宫": "官公", "滨": "宾浜",
    "江": "汇姜", "解": "介姐", "放": "方房", "建": "健键", "设": "没社", "迎": "仰营",
    "朝": "潮韩", "红": "洪江", "军": "均君", "竹": "筑主", "海": "每梅", "丹": "单舟",
    "霞": "暇夏", "文": "纹丈", "昌": "倡冒", "民": "名明", "胜": "升性", "利": "立丽",
    "团": "困抟", "结": "洁节", "安置": "按置", "幸": "辛性", "村": "材邨", "同": "铜桐",
    "心": "新星", "感": "敢咸", "恩": "恩思", "林": "淋霖", "业": "叶亚", "农": "浓衣",
    "机": "饥基", "食": "实蚀", "品": "晶拼", "司": "思可", "职": "织只", "工": "公功",
    "供": "拱共", "销": "消肖", "社": "设杜", "酒": "洒九", "煤": "媒某", "医": "衣匠",
    "药": "要约", "电": "店由", "影": "景映", "印": "卬引", "刷": "涮唰", "物": "勿特",
    "资": "姿咨", "化": "华花", "肥": "巴非", "邮": "油由", "广": "光厂", "播": "拨翻",
    "金": "锦今", "桥": "乔侨", "凤": "风奉", "凰": "皇王", "翠": "脆粹", "屏": "瓶平",
    "春": "椿舂", "晖": "辉浑", "云": "芸去", "岭": "领令", "天": "田夫", "鹅": "额饿",
    "滩": "摊难", "沟": "勾购", "坝": "坎霸", "杨": "阳扬", "柳": "榔抑", "李": "里季",
    "水": "冰氷", "碾": "辗展", "半": "伴平", "高": "搞亮", "坎": "砍次", "岩": "严盐",
}  # fmt: skip


def slip(text: str, rng: random.Random) -> str:
    """Return a text with one slip: a wrong character, one left out, doubled, or two swapped.

    Figures are not touched: a wrong number is another mistake.
    """
    places = [i for i, c in enumerate(text) if "\u4e00" <= c <= "\u9fff"]
    if len(places) < 2:
        return text
    kind = rng.random()
    known = [i for i in places if text[i] in MISTAKEN]
    if kind < 0.62 and known:
        i = rng.choice(known)
        return text[:i] + rng.choice(MISTAKEN[text[i]]) + text[i + 1 :]
    i = rng.choice(places)
    if kind < 0.78:
        return text[:i] + text[i + 1 :]
    if kind < 0.88:
        return text[:i] + text[i] + text[i:]
    i = rng.choice(places[:-1])
    return text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]
