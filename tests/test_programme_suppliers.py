"""Shares of the countries that make what is ordered: asked for, kept, and told."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.design.portfolio import Effort
from kansoku.design.programme.search import solve
from kansoku.errors import DesignError, KansokuError
from test_programme_question import IDS, accounts, asked, network

MAKERS = {"S1/A": "USA", "S1/B": "JPN", "S2/A": "USA"}
EXACT = Effort(gap=1e-6, time_limit_s=60)


def made_by(**suppliers):
    net = network()
    books = replace(accounts(net), supplier=np.array([MAKERS.get(name, "") for name in IDS]))
    return asked(net, books, gains=False, suppliers=suppliers)


def bought(programme):
    """Capital of the best plan by country of the maker."""
    plan = solve(programme, EXACT)
    ordered = {
        programme.options.names[i] for i in np.flatnonzero(plan.decision.ordered != -1)
    } & set(MAKERS)
    capital = {country: 0.0 for country in MAKERS.values()}
    for name in ordered:
        capital[MAKERS[name]] += 100.0
    return plan.objective, capital


def test_a_share_keeps_the_second_sensor_of_a_country_from_being_ordered():
    """Three sensors of 100, two of them American: 200 <= 0.5 x 300 + 50, with 40 it is not."""
    free, every = bought(made_by())
    assert every == {"USA": 200.0, "JPN": 100.0}
    enough, same = bought(made_by(USA={"share_max": 0.5, "allowance_mjpy": 50.0}))
    assert (same, enough) == (every, pytest.approx(free))
    bound, less = bought(made_by(USA={"share_max": 0.5, "allowance_mjpy": 40.0}))
    assert less == {"USA": 100.0, "JPN": 100.0}
    assert bound < free - 0.001


def test_countries_that_are_not_named_get_the_default():
    industry = made_by(default={"share_max": 0.6}, USA={"share_max": 0.7, "allowance_mjpy": 5})
    limits = zip(
        industry.industry.names,
        industry.industry.most_share,
        industry.industry.allowance_mjpy,
        strict=True,
    )
    assert set(limits) == {("USA", 0.7, 5.0), ("JPN", 0.6, 0.0)}
    free = made_by().industry
    assert free.most_share.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("suppliers", "said"),
    [
        (
            {"ITA": {"share_max": 0.5}},
            r"suppliers.ITA: makes nothing that the study offers; choose from USA, JPN, or remove",
        ),
        (
            {"default": {"share_max": 0.4}},
            r"suppliers: shares of USA, JPN add up to 0.8, so nothing at all may be bought; raise",
        ),
    ],
)
def test_limits_that_cannot_be_are_told_by_name(suppliers, said):
    with pytest.raises(DesignError, match=said):
        made_by(**suppliers)


# A study --------------------------------------------------------------------------------------


def written(folder, line):
    return programme_study.write(
        folder, old="    autonomy_min", new=f"    {line}\n    autonomy_min"
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("makers")
    path = written(folder, "suppliers: {default: {share_max: 0.9, allowance_mjpy: 300}}")
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


def test_the_file_and_the_page_tell_who_makes_what(results):
    cube = xr.open_dataset(results[0] / "study.nc").load()
    ordered = cube["sensor_ordered"].sel(design="chosen").any("year").values
    capital = cube["contributor_capex"].sel(contributor=cube["sensor"].values).values
    maker = cube["sensor_supplier"].values
    for country in cube["supplier"].values:
        exact = capital[ordered & (maker == country)].sum()
        one = cube.sel(design="chosen", supplier=country)
        assert one["supplier_capex"].item() == pytest.approx(exact)
        assert exact <= 0.9 * capital[ordered].sum() + 300 + 1e-6
        assert one["supplier_share_max"].item() == 0.9
        assert one["supplier_allowance"].item() == 300.0
    figures = json.loads((results[0] / "answer.json").read_text())["suppliers"]
    assert sum(one["share"] for one in figures) == pytest.approx(1.0)
    section = results[1].partition("## Who builds it")[2].partition("\n## ")[0]
    assert f"{100 * figures[0]['share']:.1f} %" in section
    assert "90.0 %" in section


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("suppliers: {USB: {share_max: 0.5}}",
         "design.programme.suppliers.USB: got 'USB', must be a country that makes a type in "
         "suppliers.csv, or default; did you mean USA?"),
        ("suppliers: {USA: {share_max: 1.5}}", "design.programme.suppliers.USA.share_max: got 1.5"),
        ("suppliers: {USA: {allowance_mjpy: 5}}",
         "design.programme.suppliers.USA.share_max: missing; add"),
        ("suppliers: {BEL: {share_max: 0.5}}",
         "design.programme.suppliers.BEL: makes nothing that the study offers; choose from"),
    ],
)  # fmt: skip
def test_suppliers_that_cannot_be_are_told_by_key(tmp_path, line, said):
    with pytest.raises(KansokuError) as told:
        study.run_to_folder(configfile.load_config(written(tmp_path, line)), tmp_path / "out")
    assert said in str(told.value)
