"""What the tables of who pays and who shares must hold."""

from __future__ import annotations

from kansoku.network.columns import CONFIDENCE, FLAG, OWNER_CLASSES, Columns, Number, levels
from kansoku.network.contributors import KIND_WORDS
from kansoku.network.sharing import KINDS, PURPOSES
from kansoku.network.tariffs import BASES

_YEARS = Number(0, 50, "yr", required=True, whole=True)
_YEAR = Number(1900, 2200, "FY", required=True, whole=True)
_SHARE = Number(0, 1, "1", required=True)
TIERS_OR_NOTHING = frozenset("012345")

ARRANGEMENTS = Columns(
    key=("id",),
    required=("name", "recipient", "partner", "purse", "price_base", "assumptions", "source"),
    optional=("partners", "needs", "excludes", "link", "centre", "tariff", "beneficiary"),
    words={
        "kind": frozenset(KINDS),
        "tier": TIERS_OR_NOTHING,
        "tier_given": TIERS_OR_NOTHING,
        "default": FLAG,
        "programme": FLAG,
        "in_force": FLAG,
        "third_party_release": FLAG,
        "confidence": CONFIDENCE,
    },
    lists={"purposes": frozenset(PURPOSES)},
    numbers={
        "latency_hours": Number(0, unit="h", required=True),
        "usable_share": _SHARE,
        "term_years": _YEARS,
        "notice_years": _YEARS,
        "lead_years": _YEARS,
        "gain_needed": _SHARE,
        "cyber_exposure_per_year": _SHARE,
        "package_share": Number(0, 1, "1", positive=True),
        **levels("setup_mjpy", "million JPY"),
        **levels("gateway_mjpy", "million JPY"),
        **levels("fee_mjpy_yr", "million JPY/yr"),
    },
    rising=("setup_mjpy", "gateway_mjpy", "fee_mjpy_yr"),
)

TARIFFS = Columns(
    key=("tariff", "from_quantity"),
    required=("firm", "price_base", "assumption", "source"),
    words={"basis": frozenset(BASES), "confidence": CONFIDENCE},
    numbers={
        "from_quantity": Number(0, unit="units/yr", required=True),
        "whole_supply": Number(unit="units/yr", required=True, positive=True),
        "minimum_take": Number(0, unit="units/yr", required=True),
        **levels("price_mjpy", "million JPY/unit"),
        **levels("subscription_mjpy_yr", "million JPY/yr"),
    },
    rising=("price_mjpy", "subscription_mjpy_yr"),
)

PURSES = Columns(
    key=("id",),
    required=("name", "profile", "price_base", "assumption", "source"),
    optional=("sensor_types",),
    words={"owner_class": OWNER_CLASSES, "confidence": CONFIDENCE},
    lists={"pays_owner_classes": OWNER_CLASSES, "pays_kinds": frozenset(KINDS)},
    numbers={
        "carry_over_share": _SHARE,
        "authority_years": Number(1, 50, "yr", required=True, whole=True),
        "staff_fte": Number(0, unit="full-time equivalents"),
        "growth_per_year": Number(-0.5, 0.5, "1/yr", required=True),
        "first_fy": _YEAR,
        "last_fy": _YEAR,
        **levels("budget_mjpy_yr", "million JPY/yr"),
    },
    rising=("budget_mjpy_yr",),
)

PAYMENT_PROFILES = Columns(
    key=("profile", "build_years", "year"),
    required=("assumption", "source"),
    words={"confidence": CONFIDENCE},
    numbers={
        "build_years": Number(1, 50, "yr", required=True, whole=True),
        "year": Number(1, 50, "yr", required=True, whole=True),
        "share": _SHARE,
    },
)

RELEASE_CEILINGS = Columns(
    key=("owner", "sensor", "owner_class", "partner"),
    may_be_empty=("sensor", "owner_class"),
    exactly_one=("sensor", "owner_class"),
    required=("assumption", "source"),
    words={
        "owner_class": OWNER_CLASSES | {""},
        "tier": TIERS_OR_NOTHING,
        "confidence": CONFIDENCE,
    },
)

RELEASE_SLOTS = Columns(
    key=("kind",),
    required=("assumption", "source"),
    words={"kind": frozenset(KIND_WORDS), "confidence": CONFIDENCE},
    numbers={"partner_share": _SHARE, "reserve_share": _SHARE},
)

SUPPLIERS = Columns(
    key=("option",),
    required=("supplier", "assumption", "source"),
    optional=("alternatives",),
    countries=("supplier", "alternatives"),
    words={"confidence": CONFIDENCE},
)
