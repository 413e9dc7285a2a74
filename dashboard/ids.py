"""Component ids, each once. Map layers carry dict ids: {"type": …, "layer": key}."""

URL = "url"
PAGE = "page"

MAP = "map"
CONFIG = "desk-config"
SELECTED = "selected"
INSPECTOR = "inspector"
CLOSE = "inspector-close"
SWITCHES = "layer-switches"
SAYS = "layer-says"
CONTROL = "control"
DAY = "day"
DAYS = "days"
STATE = "address-state"
SWITCHED = "switched"
CONTENT = "content"
COUNTY = "county-choice"
THEME = "theme-switch"
PLANNER_START = "planner-start"
DESK_START = "desk-start"


def features(layer: str) -> dict[str, str]:
    """Return the id of a layer's GeoJSON component."""
    return {"type": "features", "layer": layer}


def picture(layer: str) -> dict[str, str]:
    """Return the id of a layer's picture."""
    return {"type": "picture", "layer": layer}


def control(layer: str, name: str, kind: str) -> dict[str, str]:
    """Return the id of a layer's control; days and ranges of days are of types of their own."""
    return {"type": kind if kind in (DAY, DAYS) else CONTROL, "layer": layer, "name": name}
