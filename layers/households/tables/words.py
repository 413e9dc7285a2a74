"""What a row was placed by, or why it was not, as keys of the text catalogue.

The same words say why a building is offered as a candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HOW: Final[Mapping[str, str]] = {
    "code": "households.how_code",
    "alias": "households.how_alias",
    "estate_number": "households.how_estate_number",
    "estate_taught": "households.how_estate_taught",
    "name": "households.how_name",
    "address": "households.how_address",
    "similar_estate": "households.how_similar_estate",
    "similar_address": "households.how_similar_address",
    "similar_name": "households.how_similar_name",
    "ruled": "households.how_ruled",
    "ruled_not_ours": "households.how_ruled_not_ours",
    "ruled_unplaced": "households.how_ruled_unplaced",
    "copy": "households.how_copy",
    "sum_of_entrances": "households.how_sum_of_entrances",
    "several": "households.how_several",
    "other_community": "households.how_other_community",
    "disagree": "households.how_disagree",
    "named_twice": "households.how_named_twice",
    "number_unknown": "households.how_number_unknown",
    "same_estate": "households.how_same_estate",
    "not_found": "households.how_not_found",
    "left": "households.how_left",
}
