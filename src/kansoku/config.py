"""The schema of a study: every default, bound and allowed choice stands here.

An assumed default carries an assumption id (``A-...``); the answer lists those left unchanged.
"""

from __future__ import annotations

from calendar import isleap
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from kansoku.byyear import require_within
from kansoku.configfields import (
    MOST_COUNTED,
    NAME,
    Country,
    Fraction,
    Instant,
    Level,
    MonthDay,
    RegimeName,
    Strict,
    assumed,
)
from kansoku.configprogramme import ProgrammeSection, given_by_year


class StudySection(Strict):
    """What the study is called."""

    name: str = Field(pattern=NAME, max_length=80)
    """Name of the study; also the folder of its results."""
    title: str = ""
    """One sentence for the head of the answer."""


class TargetsSection(Strict):
    """What must be watched."""

    catalogue: str = "reference"
    """'reference' for the embedded population, or a path to a TLE, 3LE or OMM file."""
    satcat: str | None = None
    """SATCAT-like CSV joined by catalogue number for size, RCS, type and owner."""
    on_bad_record: Literal["error", "skip"] = "error"
    """What to do with a record that cannot be read."""
    max_age_days: float = assumed(30.0, "A-TGT-AGE", gt=0)
    """Elements farther than this from the window are representative: drag terms off. [d]"""
    albedo: float = assumed(0.2, "A-TGT-ALBEDO", gt=0, le=1)
    """Diffuse albedo of the equivalent sphere. [unitless]"""
    rcs_small_m2: float = assumed(0.03, "A-TGT-RCS-SMALL", gt=0)
    """RCS where only the class SMALL is known, or nothing is known of a fragment. [m^2]"""
    rcs_medium_m2: float = assumed(0.3, "A-TGT-RCS-MEDIUM", gt=0)
    """RCS where only the class MEDIUM is known, or nothing is known of an unknown object. [m^2]"""
    rcs_large_m2: float = assumed(3.0, "A-TGT-RCS-LARGE", gt=0)
    """RCS where only the class LARGE is known, or nothing of a payload or rocket body. [m^2]"""
    rcs_frequency_mhz: float = assumed(440.0, "A-TGT-RCS-FREQUENCY", ge=1, le=1e6)
    """Frequency of the radars that measured the catalogue's RCS; gives sizes from it. [MHz]"""
    magnitude_sigma_small: float = assumed(1.0, "A-TGT-MAG-SIGMA-SMALL", ge=0, le=5)
    """Standard deviation of magnitudes about the model, RCS below 0.1 m^2. [mag]"""
    magnitude_sigma_medium: float = assumed(0.8, "A-TGT-MAG-SIGMA-MEDIUM", ge=0, le=5)
    """Standard deviation of magnitudes about the model, RCS from 0.1 to 1 m^2. [mag]"""
    magnitude_sigma_large: float = assumed(0.6, "A-TGT-MAG-SIGMA-LARGE", ge=0, le=5)
    """Standard deviation of magnitudes about the model, RCS above 1 m^2. [mag]"""
    payloads_emit: bool = assumed(True, "A-TGT-EMITS")
    """Whether a payload transmits for which SATCAT tells no operational status."""


class TimeSection(Strict):
    """When the network is observed."""

    start: Instant
    """First instant, ISO 8601; without an offset it is UTC."""
    hours: float = Field(24.0, gt=0, le=8784)
    """Length of each stretch. [h]"""
    step_s: float = Field(60.0, ge=0.1, le=600)
    """Time between samples; pass edges are interpolated. [s]"""
    days: tuple[MonthDay, ...] = assumed(("03-20", "06-21", "09-22", "12-21"), "A-TIME-DAYS")
    """Representative days (month-day) in the year of `start`; empty for `start` alone."""

    @model_validator(mode="after")
    def _days_exist_once(self) -> TimeSection:
        year = self.start.year
        if "02-29" in self.days and not isleap(year):
            raise ValueError(f"days: must exist in {year}, which has no 02-29; choose 02-28")
        repeated = sorted({day for day in self.days if self.days.count(day) > 1})
        if repeated:
            raise ValueError(f"days: must name each day once; remove the second {repeated[0]!r}")
        return self


class NetworkSection(Strict):
    """Who may watch."""

    countries: tuple[Country, ...] = ("JPN", "AUS", "USA", "MHL")
    """Host countries (ISO 3166-1 alpha-3) of candidate sites."""
    sensor_types: tuple[str, ...] | None = None
    """Ids of candidate sensor types; omit for all telescopes and transmitting radars."""
    sites: tuple[str, ...] | None = None
    """Ids of candidate sites; omit for all in `countries`."""
    existing: Literal["operational", "planned", "none"] = "operational"
    """Existing sensors: in service, those and the ones due by the horizon, or none."""
    arrangements: tuple[str, ...] | None = None
    """Ids of sharing arrangements on offer; omit for the default ones, [] for none."""
    horizon_masks: str | None = None
    """CSV of terrain by azimuth at candidate sites and existing sensors; beside the packaged."""
    owner: Country = "JPN"
    """Owner of candidates, and the country whose sensors count as its own."""
    cost_level: Level = "mid"
    """Which of the low, mid and high costs the design pays."""
    jpy_per_usd: float = assumed(150.0, "A-COST-FX", gt=0, le=1e6)
    """Exchange rate at the price base. [JPY/USD]"""


class VisibilitySection(Strict):
    """Limits that hold for every sensor."""

    sun_depression_deg: float = assumed(12.0, "A-VIS-DARK", ge=0, le=90)
    """A site is dark when the Sun is at least this far below its horizon. [deg]"""
    shadow: Literal["cylindrical", "conical", "penumbra"] = assumed("conical", "A-VIS-SHADOW")
    """Earth shadow: a cylinder, the umbra cone (penumbra counts as lit), or umbra and penumbra."""
    detection_probability: float = assumed(0.5, "A-VIS-DETECTION", ge=0.01, le=0.99)
    """A target counts as seen when a sensor detects it at least this often. [unitless]"""
    refraction: bool = False
    """Elevations of fields and horizons are apparent ones, lifted by the air."""


class CoverageSection(Strict):
    """What visibility is worth."""

    window_hours: float = Field(6.0, gt=0)
    """Length of a demand window. [h]"""
    credit: tuple[Fraction, ...] = assumed(
        (1.0, 0.6, 0.3), "A-COV-CREDIT", min_length=1, max_length=MOST_COUNTED
    )
    """Credit of the first, second, ... track in a window; never rising."""
    cross_check: Literal["none", "country", "owner"] = assumed("none", "A-COV-CROSS-CHECK")
    """'country', 'owner': credit is paid for the first, second, ... independent source, by country
    of the sensor's owner or by who gives its data; what one's own sensors see counts in full."""
    weights: dict[RegimeName, Annotated[float, Field(ge=0, le=1e6)]] = assumed(
        {"LEO": 0.50, "MEO": 0.05, "GEO": 0.25, "HEO": 0.15, "OTHER": 0.05}, "A-COV-WEIGHTS"
    )
    """Share of the demand weight by regime, spread evenly over its objects and windows."""
    max_track_hours: float = assumed(2.0, "A-COV-TRACK", ge=0.01, le=8784)
    """A target in view for longer counts as successive tracks of this length each. [h]"""
    scenarios: int = assumed(8, "A-COV-SCENARIOS", ge=1, le=1000)
    """Draws of weather and outages; 1 with `weather: none`."""
    weather: Literal["independent", "none"] = assumed("independent", "A-COV-WEATHER")
    """Independent clear nights by site and outages by sensor, or neither of the two."""
    min_tier: int = assumed(3, "A-COV-TIER", ge=1, le=5)
    """Poorest information tier that counts (3: state and covariance)."""
    max_latency_hours: float = assumed(12.0, "A-COV-LATENCY", gt=0)
    """Evidence that arrives later does not count. [h]"""
    tier_credit: tuple[Fraction, Fraction, Fraction, Fraction, Fraction] = assumed(
        (0.5, 0.8, 0.9, 1.0, 1.0), "A-COV-TIER-CREDIT"
    )
    """What a track is worth when it is received at tiers 1 to 5."""

    @model_validator(mode="after")
    def _credit_never_rises(self) -> CoverageSection:
        if any(
            later > earlier for earlier, later in zip(self.credit, self.credit[1:], strict=False)
        ):
            raise ValueError("credit: must never rise from one track to the next; sort it falling")
        if self.credit[0] == 0:
            raise ValueError("credit: must start above 0; give the first track a credit")
        if self.cross_check != "none" and len(self.credit) == 1:
            raise ValueError(
                "cross_check: must be none beside one step of credit, to which a second source "
                "adds nothing; give credit two steps or more, or remove the key"
            )
        if sum(self.weights.values()) <= 0:
            raise ValueError("weights: must hold a weight above 0; raise one regime")
        return self


ONE_PERIOD_ALONE: dict[str, tuple[Any, str]] = {
    "budget_mjpy": (None, "its purses are the budget; remove the key"),
    "autonomy_min": (0.0, "floors over fiscal years are programme.autonomy_min; move it there"),
    "capacity": ("ignore", "slots are not weighed over fiscal years; remove the key"),
    "frontier_budgets_mjpy": (
        (),
        "other budgets are other purses, a study of their own; remove it",
    ),
}
"""Keys of `design` that say nothing over fiscal years: the value that is none, and what to do."""


class DesignSection(Strict):
    """What may be spent, and what must be reached."""

    programme: ProgrammeSection | None = None
    """Decide over fiscal years; omit to decide within one period."""
    budget_mjpy: float | None = Field(None, ge=0, validate_default=True)
    """Everything paid from the decision year to the horizon; required unless `programme` is there,
    whose purses are the budget. [million JPY]"""
    decision_fy: int = Field(2027, ge=2000, le=2100)
    """Japanese fiscal year of the decision."""
    horizon_fy: int = Field(2032, ge=2000, le=2100)
    """Last fiscal year that is counted."""
    autonomy_min: Fraction = 0.0
    """Share of the demand weight that sensors of `network.owner` must cover alone; over fiscal
    years `programme.autonomy_min`."""
    capacity: Literal["block", "ignore"] = "ignore"
    """'block': tracks are assigned within the slots that each sensor has in a window.
    'ignore': slots are not limited, and the answer says what the chosen network reaches in them."""
    gap: float = Field(0.005, gt=0, le=1)
    """Stop when the proven gap is at most this. [unitless]"""
    time_limit_s: float = Field(120.0, gt=0)
    """Stop the search after this. [s]"""
    seed: int = Field(0, ge=0, lt=2**63)
    """Seed of the weather draws and of every choice the search makes."""
    frontier_budgets_mjpy: tuple[Annotated[float, Field(ge=0)], ...] = ()
    """Budgets of the cost against coverage figure; empty for half and one and a half of it."""

    @field_validator("budget_mjpy")
    @classmethod
    def _is_given_in_one_period(cls, budget_mjpy: float | None, told: ValidationInfo) -> Any:
        if budget_mjpy is None and told.data.get("programme", "in doubt") is None:
            raise ValueError(
                "must be what may be paid until the horizon in million yen; write it, or a "
                "`programme` whose purses are the budget"
            )
        return budget_mjpy

    @field_validator(*ONE_PERIOD_ALONE)
    @classmethod
    def _says_something(cls, value: Any, told: ValidationInfo) -> Any:
        """Refuse keys of one period beside a programme, rather than ignore them."""
        idle, instead = ONE_PERIOD_ALONE[str(told.field_name)]
        if told.data.get("programme") is not None and value != idle:
            raise ValueError(f"must not be given beside programme: {instead}")
        return value

    @model_validator(mode="after")
    def _horizon_after_decision(self) -> DesignSection:
        if self.horizon_fy < self.decision_fy:
            raise ValueError(
                f"horizon_fy: must not be before design.decision_fy {self.decision_fy}; "
                "choose a later horizon"
            )
        return self

    @model_validator(mode="after")
    def _years_lie_within(self) -> DesignSection:
        for key, given in given_by_year(self.programme):
            require_within(key, given, self.decision_fy, self.horizon_fy)
        return self


class ComputeSection(Strict):
    """Where the work is done."""

    backend: Literal["auto", "numpy", "cupy"] = "auto"
    """NumPy, CuPy, or CuPy when a GPU answers."""
    threads: int = Field(0, ge=0)
    """Worker processes of the NumPy path; 0 takes one a core."""


class Config(Strict):
    """A whole study."""

    study: StudySection
    targets: TargetsSection = TargetsSection()
    time: TimeSection
    network: NetworkSection = NetworkSection()
    visibility: VisibilitySection = VisibilitySection()
    coverage: CoverageSection = CoverageSection()
    design: DesignSection
    compute: ComputeSection = ComputeSection()

    @model_validator(mode="after")
    def _windows_fit(self) -> Config:
        window_hours, hours = self.coverage.window_hours, self.time.hours
        if window_hours > hours:
            raise ValueError(
                f"coverage.window_hours: must not be longer than time.hours {hours:g}; "
                "shorten the window, or lengthen the stretch"
            )
        if self.coverage.cross_check != "none" and self.design.programme is None:
            raise ValueError(
                "coverage.cross_check: must be none within one period, where tracks count whatever "
                "their source; remove the key, or ask over fiscal years with design.programme"
            )
        windows = hours / window_hours
        if abs(windows - round(windows)) > 1e-9 * windows:  # a cut window would hold fewer tracks
            raise ValueError(
                f"coverage.window_hours: must divide time.hours {hours:g} without remainder; "
                f"choose for example {hours / max(1, round(windows)):g}"
            )
        if self.time.step_s > 3600.0 * window_hours:
            raise ValueError(
                f"time.step_s: must not be longer than a window of {window_hours:g} h; shorten it"
            )
        return self
