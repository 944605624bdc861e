"""What a firm asks: unit by unit, and as the tables have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.network import PriceBreak, Tariff, load_tables, yearly_mjpy
from kansoku.network.tariffs import package_mjpy, tariffs_of
from naive import tariffs as naive
from table_folder import add, copy_tables, edit, message


def tariff(breaks, subscription=0.0, minimum=0.0, supply=1000.0):
    steps = tuple(PriceBreak(start, price) for start, price in breaks)
    return Tariff("T", "FIRM", "object", supply, minimum, subscription, steps)


@st.composite
def price_lists(draw):
    starts = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
    prices = draw(st.lists(st.integers(0, 50), min_size=len(starts) + 1, max_size=len(starts) + 1))
    return list(zip([0, *starts], prices, strict=True))


@pytest.fixture
def folder(tmp_path):
    return copy_tables(tmp_path)


@given(price_lists(), st.integers(0, 20), st.integers(0, 40), st.integers(0, 90))
def test_each_unit_has_the_price_of_its_own_step(breaks, subscription, minimum, quantity):
    asked = yearly_mjpy(tariff(breaks, subscription, minimum), quantity)
    assert asked == naive.yearly(breaks, subscription, minimum, quantity)


@given(price_lists(), st.integers(0, 40), st.floats(0, 90), st.floats(0, 90))
def test_more_never_costs_less(breaks, minimum, one, other):
    less, more = sorted((one, other))
    asked = tariff(breaks, 3.0, minimum)
    assert yearly_mjpy(asked, less) <= yearly_mjpy(asked, more) + 1e-9


def test_a_price_holds_above_its_break_alone():
    asked = tariff([(0, 3.0), (10, 2.0), (30, 1.0)], subscription=5.0)
    assert yearly_mjpy(asked, 10) == 5 + 30
    assert yearly_mjpy(asked, 11) == 5 + 30 + 2
    assert yearly_mjpy(asked, 40) == 5 + 30 + 40 + 10


def test_less_than_the_minimum_costs_the_minimum():
    asked = tariff([(0, 3.0)], minimum=7.0)
    assert yearly_mjpy(asked, 0) == yearly_mjpy(asked, 7) == 21
    assert yearly_mjpy(asked, 8) == 24


def test_a_subscription_counts_nothing():
    asked = tariffs_of(load_tables(), "mid")["SLINGSHOT-SUB"]
    assert yearly_mjpy(asked, 0) == yearly_mjpy(asked, 1e6) == 750


@pytest.mark.parametrize("quantity", [-1.0, float("nan")])
def test_a_quantity_below_nothing(quantity):
    with pytest.raises(ValueError, match="quantity: got"):
        yearly_mjpy(tariff([(0, 1.0)]), quantity)


def test_packages_by_hand():
    # a quarter of 20000 objects at 0.11; half: 5000 more at 0.09; all: 10000 more at 0.045
    tables = load_tables()
    assert package_mjpy(tables, "LEOLABS-OBJ", 0.25) == pytest.approx((300, 600, 1200))
    assert package_mjpy(tables, "LEOLABS-OBJ", 0.5) == pytest.approx((525, 1050, 2100))
    assert package_mjpy(tables, "LEOLABS-OBJ", 1.0) == pytest.approx((750, 1500, 3000))
    # 40000 tracks at 0.004, 30000 at 0.0025
    assert package_mjpy(tables, "EOS-TRACK", 0.5)[1] == pytest.approx(40 + 160 + 75)


def test_minimum_take_above_the_whole_supply(folder):
    where = edit(folder, "tariffs", "SLINGSHOT-SUB", minimum_take="5")
    assert message(folder) == (
        f"{where}: minimum_take: got 5, above the whole supply of SLINGSHOT, 1; "
        "lower it, or raise whole_supply"
    )


def test_a_break_that_nothing_reaches(folder):
    where = add(folder, "tariffs", "EOS-TRACK", from_quantity="140000")
    assert message(folder).startswith(
        f"{where}: from_quantity: got 140000, which no take of EOS-TRACK exceeds"
    )


def test_a_tariff_without_a_first_unit(folder):
    where = edit(folder, "tariffs", "SLINGSHOT-SUB", from_quantity="0.5")
    assert message(folder) == (
        f"{where}: from_quantity: SLINGSHOT-SUB starts at 0.5, must start at 0; "
        "add the price of the first unit"
    )


def test_rows_of_a_tariff_agree(folder):
    where = edit(folder, "tariffs", "EOS-TRACK", firm="LEOLABS")
    said = message(folder)
    line = int(where.rsplit(":", 1)[1])
    assert f"tariffs.csv:{line + 1}: firm: got 'EOS-SPACE', but {where} says 'LEOLABS'" in said


def test_a_subscription_has_no_unit_price(folder):
    where = edit(folder, "tariffs", "SLINGSHOT-SUB", price_mjpy_high="2")
    assert message(folder).startswith(f"{where}: price_mjpy_high: got 2, but SLINGSHOT-SUB is a s")


def test_unknown_firm_and_basis(folder):
    where = edit(folder, "tariffs", "SLINGSHOT-SUB", firm="NOBODY")
    said = message(folder).splitlines()
    assert f"{where}: firm: got 'NOBODY', which partners.csv does not hold; add it there" in said[0]
    where = edit(folder, "tariffs", "SLINGSHOT-SUB", basis="gram")
    assert message(folder).startswith(f"{where}: basis: got 'gram', must be one of object, subscr")
