"""Small networks for tests, from a few facts a contributor."""

import numpy as np

from kansoku.network.contributors import Arrangement, Network
from sensor_rows import sensors_of


def arrangement(name, partner, tier, cost=100.0, latency=1.0, usable=1.0, in_force=False):
    """A sharing option."""
    return Arrangement(
        id=name,
        name=name,
        partner=partner,
        tier=tier,
        tier_given=0,
        latency_hours=latency,
        usable_share=usable,
        in_force=in_force,
        setup_mjpy=cost,
        gateway_mjpy=0.0,
        fee_mjpy_per_year=0.0,
        cost_mjpy=cost,
        confidence="C",
        source="",
    )


def network_of(rows, roles, partners, sites, owners, costs, openings, arrangements):
    """Network of sensors `rows`; costs and openings are (low, mid, high), mid is paid."""
    low, mid, high = np.array(costs, dtype=float).reshape(-1, 3).T
    count = len(rows)
    ids = np.array([f"C{i}" for i in range(count)])
    return Network(
        id=ids,
        name=ids,
        sensors=sensors_of(rows),
        role=np.array(roles),
        owner=np.array(owners),
        country=np.array(owners),
        partner=np.array(partners),
        site=np.array(sites),
        sensor_type=np.full(count, "T"),
        cost_mjpy=mid,
        capex_mjpy=mid,
        opex_mjpy_per_year=np.zeros(count),
        service_fy=np.full(count, np.nan),
        cost_low_mjpy=low,
        cost_mid_mjpy=mid,
        cost_high_mjpy=high,
        site_opening_mjpy=openings,
        arrangements=tuple(arrangements),
        arrangement_cost_levels={
            one.id: (one.cost_mjpy / 2, one.cost_mjpy, one.cost_mjpy * 3) for one in arrangements
        },
        clear_fraction=np.ones((count, 12)),
        sky_brightness=np.full(count, 21.0),
        climate_site=np.full(count, ""),
        confidence=np.full(count, "C"),
        source=np.full(count, ""),
        left_out=(),
        price_base="",
    )
