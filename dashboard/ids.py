"""Component ids, each once. Map layers carry dict ids: {"type": …, "layer": key}."""

URL = "url"
PAGE = "page"

MAP = "map"
CONFIG = "desk-config"
SELECTED = "selected"
INSPECTOR = "inspector"
CLOSE = "inspector-close"
SWITCHES = "layer-switches"
PLAN = "plan-choice"
CIRCLE_OF = "circle-of"
CIRCLE_CATEGORY = "circle-category"
CIRCLE_FIGURES = "circle-figures"
SPAN = "demand-span"
SPAN_WORDS = "demand-span-words"
HEAT_SCALE = "heat-scale"
STATE = "address-state"
SWITCHED = "switched"
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
