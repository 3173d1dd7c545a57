"""Whom to credit for the public sets that Beadwatch knows, by the name a set has as a source.

What stands here goes onto the card of every model that learned from the set. Knows no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who made a set, under which licence (None: its source states none), its page, and what fetches it."""

    credit: str
    licence: str | None
    url: str
    source: str


ATTRIBUTION: Mapping[str, Attribution] = {
    "ss304": Attribution(
        "TIG Stainless Steel 304 (danielbacioiu on Kaggle); Bacioiu et al., NDT & E International 107 (2019) 102139",
        None,
        "https://www.kaggle.com/datasets/danielbacioiu/tig-stainless-steel-304",
        "kaggle:danielbacioiu/tig-stainless-steel-304",
    ),
    "weld-quality": Attribution(
        "Weld quality inspection v9, welding-2bplp/weld-quality-inspection-rei9l on Roboflow Universe, CC BY 4.0",
        "CC BY 4.0",
        "https://universe.roboflow.com/welding-2bplp/weld-quality-inspection-rei9l/dataset/9",
        "roboflow:welding-2bplp/weld-quality-inspection-rei9l/9",
    ),
}
