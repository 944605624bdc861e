"""What may be agreed with whom: the record of one arrangement."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("bilateral", "pool", "hub", "purchase", "hosted", "service")
"""Kinds of arrangement: with one state; among several; a shared centre of a pool; data bought from
a firm; leave to put own sensors abroad; own data for a state that has none."""

DATA_KINDS = frozenset({"bilateral", "pool", "hub", "purchase"})
"""Kinds that open sensors of others; a host and a beneficiary give none."""

PURPOSES = ("safety", "environment", "defence")
"""What shared data may be used for."""

Needs = tuple[tuple[str, ...], ...]
"""Prerequisites: of every group at least one id must be in force."""


@dataclass(frozen=True)
class Arrangement:
    """An option to share data, pay for them, host a sensor or serve a beneficiary.

    Costs are million JPY at the price base of the network, at the chosen cost level; `cost_mjpy`
    is everything from the decision year to the horizon (set-up, gateway and yearly fees). The
    cost of a tier is whole, not on top of the tier below: of one partner at most one is signed.

    Attributes
    ----------
    id, name : str
    partner : str
        Who signs: a state, firm, pool or body of partners.csv.
    tier, tier_given : int
        Information tier received and given, 1 to 5; 0 when nothing is received or asked.
    latency_hours : float
        Delay of the data received. [h]
    usable_share : float
        Share of the partner's observations that may be used, of a package of those bought.
        [unitless]
    in_force : bool
        Signed before the decision year.
    setup_mjpy, gateway_mjpy : float
        Once. [million JPY]
    fee_mjpy_per_year : float
        What the tariff of a purchase asks for its package included. [million JPY/yr]
    cost_mjpy : float
    confidence, source : str
    kind : str
        One of KINDS.
    partners : tuple of str
        Whose sensors it opens or whose land it lends: the members of a pool; empty for the partner
        alone (`parties` gives either).
    purse : str
        Id of the purse that pays; '' where nothing says so.
    term_years, notice_years, lead_years : int
        Lock-in from the first year in force, notice before its end, and years from signature to
        the first data. [yr]
    needs : tuple of tuple of str
        Of each group at least one id must be in force.
    excludes : tuple of str
        Ids that may not be in force in the same year, in both directions.
    gain_needed : float
        Coverage that each partner must gain while it is in force. [unitless]
    cyber_exposure_per_year : float
        Probability of a loss of integrity of the data in a year. [1/yr]
    link : str
        Data link; arrangements over one link fall together.
    centre : str
        Processing centre that the data pass; '' for none.
    purposes : tuple of str
        Of PURPOSES.
    third_party_release : bool
        Whether what is received may be passed on.
    tariff : str
        Tariff of a purchase.
    package_share : float
        Share of the firm's objects or tracks in the package: packages of a firm are nested.
        [unitless]
    take_per_year : float
        Objects, or tracks a year, of the package: package_share of the firm's whole supply.
    beneficiary : str
        State whose satellites a service watches.
    assumptions : tuple of str
    """

    id: str
    name: str
    partner: str
    tier: int
    tier_given: int
    latency_hours: float
    usable_share: float
    in_force: bool
    setup_mjpy: float
    gateway_mjpy: float
    fee_mjpy_per_year: float
    cost_mjpy: float
    confidence: str
    source: str
    kind: str = "bilateral"
    partners: tuple[str, ...] = ()
    purse: str = ""
    term_years: int = 0
    notice_years: int = 0
    lead_years: int = 0
    needs: Needs = ()
    excludes: tuple[str, ...] = ()
    gain_needed: float = 0.0
    cyber_exposure_per_year: float = 0.0
    link: str = ""
    centre: str = ""
    purposes: tuple[str, ...] = PURPOSES
    third_party_release: bool = False
    tariff: str = ""
    package_share: float = 1.0
    take_per_year: float = 0.0
    beneficiary: str = ""
    assumptions: tuple[str, ...] = ()

    @property
    def parties(self) -> tuple[str, ...]:
        """Whose sensors it opens, whose land it lends or whom it serves."""
        return self.partners or (self.partner,)

    @property
    def opens_data(self) -> bool:
        """Whether sensors of its parties are seen through it."""
        return self.kind in DATA_KINDS
