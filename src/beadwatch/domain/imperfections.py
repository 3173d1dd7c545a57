"""Weld imperfections and process conditions, with their ISO 6520-1 numbers.

Knows which numbers belong to which finding. Does not know acceptance limits: those are in ISO 5817 or AWS D1.1, in
millimetres, and a picture without scale cannot be held against them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imperfection:
    """A discontinuity in the weld, named by ISO 6520-1:2007.

    `iso6520` is the reference number as text ("2011"); `variants` are closer numbers that a picture alone
    cannot tell apart (a side-wall from an inter-run lack of fusion).
    """

    iso6520: str
    name: str
    variants: tuple["Imperfection", ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A state of the process that is no imperfection itself but is likely to cause some."""

    name: str
    likely_to_cause: tuple[Imperfection, ...]


CRACK = Imperfection("100", "crack", variants=(Imperfection("104", "crater crack"),))
GAS_PORE = Imperfection("2011", "gas pore")
SURFACE_PORE = Imperfection("2017", "surface pore")
POROSITY = Imperfection("2011", "gas pore", variants=(SURFACE_PORE,))
SOLID_INCLUSION = Imperfection(
    "300",
    "solid inclusion",
    variants=(Imperfection("304", "metallic inclusion"), Imperfection("3041", "tungsten inclusion")),
)
LACK_OF_FUSION = Imperfection(
    "401",
    "lack of fusion",
    variants=(
        Imperfection("4011", "lack of side-wall fusion"),
        Imperfection("4012", "lack of inter-run fusion"),
        Imperfection("4013", "lack of root fusion"),
    ),
)
LACK_OF_PENETRATION = Imperfection("402", "lack of penetration")
CONTINUOUS_UNDERCUT = Imperfection("5011", "continuous undercut")
INTERMITTENT_UNDERCUT = Imperfection("5012", "intermittent undercut")
EXCESS_WELD_METAL = Imperfection(
    "502",
    "excess weld metal (butt weld)",
    variants=(Imperfection("503", "excessive convexity (fillet weld)"),),
)
BURN_THROUGH = Imperfection("510", "burn through")
UNDERFILL = Imperfection("511", "incompletely filled groove")
SPATTER = Imperfection("602", "spatter")
TEMPER_COLOUR = Imperfection("610", "temper colour")

NO_SHIELDING_GAS = Condition("lack of shielding gas", (TEMPER_COLOUR, GAS_PORE, SURFACE_PORE))
HIGH_TRAVEL_SPEED = Condition(
    "high travel speed", (CONTINUOUS_UNDERCUT, INTERMITTENT_UNDERCUT, UNDERFILL, LACK_OF_PENETRATION)
)
