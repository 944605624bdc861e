"""The answer reads well, says what the cube says, and hides nothing that limits it."""

import csv
import dataclasses
import json
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from kansoku import report
from kansoku.cubes import dataset, storage
from kansoku.errors import CubeError
from kansoku.report import answer, caveats, readings, tables, words
from small_study import design_of, portfolio_of, small_findings

CHOSEN = ["S-AU-LEARMONTH/T-RAD-KSGC", "S-JP-ISHIGAKI/T-OPT-05W"]


@pytest.fixture(scope="module")
def findings():
    return small_findings()


@pytest.fixture(scope="module")
def cube(findings):
    return dataset.label(findings)


@pytest.fixture(scope="module")
def page(cube):
    return answer.page(cube)


@pytest.fixture(scope="module")
def figures(cube):
    return answer.summary(cube)


def test_the_answer_comes_first_in_plain_words(page):
    first = " ".join(page.split("\n\n")[1].split())
    assert first.startswith("**Answer.** With 8.0 billion yen from FY2027 to FY2032, Japan should")
    assert "add 2 sensors (1 in Australia and 1 in Japan)" in first
    terms = "exchange data with the United States at tier 3 (state and covariance)"
    assert f"{terms}, for 13.9 billion yen in all" in first


def test_the_page_fits_a_terminal(page):
    assert max(len(line) for line in page.splitlines()) <= tables.COLUMNS


def test_every_question_of_the_planner_has_its_section(page):
    sections = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert sections == [
        "Sensors to add",
        "Data to exchange",
        "Money",
        "What it buys",
        "What each part is worth",
        "One more billion yen",
        "If costs are low or high",
        "Other budgets",
        "Can the sensors keep up?",
        "Objects never seen",
        "Notes",
        "Assumptions left unchanged",
        "Made from",
    ]


def test_figures_of_coverage_are_those_of_the_findings(findings, figures):
    credited = figures["coverage"]["credited_fraction"]
    assert credited["chosen"] == pytest.approx(findings.chosen[0].all.credited.mean())
    assert credited["today"] == pytest.approx(findings.today[0].all.credited.mean())
    assert credited["difference"] == pytest.approx(credited["chosen"] - credited["today"])
    assert credited["attainable"] == pytest.approx(findings.attainable.credited.mean())
    geo = figures["coverage"]["plain_fraction_by_regime"]["GEO"]
    assert geo["chosen"] == pytest.approx(findings.chosen[0].all.covered_group[:, 2].mean())
    own = figures["autonomy"]["own_plain_fraction"]
    assert own["chosen"] == pytest.approx(findings.chosen[0].own.covered.mean())


def test_every_figure_stands_beside_today_and_the_difference(page, figures):
    pair = figures["coverage"]["credited_fraction"]
    row = next(line for line in page.splitlines() if line.startswith("| Credited coverage  "))
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:4]
    assert cells == [
        f"{100 * pair['chosen']:.1f} %",
        f"{100 * pair['today']:.1f} %",
        f"{100 * pair['difference']:+.1f}",
    ]


def test_chosen_sensors_have_place_cost_and_year(figures):
    assert [one["id"] for one in figures["sensors"]] == CHOSEN
    radar = figures["sensors"][0]
    assert (radar["site"], radar["country"], radar["service_fy"]) == ("Learmonth", "AUS", 2032)
    years = figures["study"]["horizon_fy"] - radar["service_fy"] + 1
    whole = radar["capex_mjpy"] + years * radar["opex_mjpy_per_year"]
    assert radar["cost_mjpy"] == pytest.approx(whole)


def test_payments_by_year_and_by_kind_both_sum_to_what_is_spent(findings, figures):
    money = figures["money"]
    kinds = ("sensors_capital", "site_opening", "sensors_running", "arrangements")
    assert sum(money[f"{kind}_mjpy"] for kind in kinds) == pytest.approx(money["spent_mjpy"])
    assert sum(money["by_fiscal_year_mjpy"].values()) == pytest.approx(money["spent_mjpy"])
    assert money["spent_mjpy"] == pytest.approx(findings.answers.portfolio.cost_mjpy)


def test_worth_of_parts_stands_in_the_figures_and_on_the_page(cube, figures, page):
    shares = figures["worth"]["owners"]
    assert [one["owner"] for one in shares] == ["JPN", "USA"]  # the largest first
    credited = figures["coverage"]["credited_fraction"]["chosen"]
    assert sum(one["shapley_coverage"] for one in shares) == pytest.approx(credited)
    japan = next(line for line in page.splitlines() if line.startswith("| Sensors of Japan "))
    assert japan.split("|")[2].strip() == f"{100 * shares[0]['shapley_coverage']:.1f}"
    radar = next(one for one in figures["worth"]["sensors"] if one["id"] == CHOSEN[0])
    lost = cube["marginal_coverage"].sel(design="chosen", contributor=CHOSEN[0])
    assert radar["marginal_coverage"] == lost.sel(requirement="coverage").item()
    assert (radar["commonality"], radar["budgets_chosen"], radar["budgets"]) == ("often", 2, 3)
    row = next(line for line in page.splitlines() if "often (2 of 3 budgets)" in line)
    assert f"{100 * radar['marginal_coverage']:.1f}" in row


def test_a_cube_without_values_has_no_such_section(cube):
    old = cube.drop_vars(["marginal_coverage", "shapley_coverage_owner"])
    assert answer.summary(old)["worth"] is None
    assert "What each part is worth" not in answer.page(old)


def test_an_overloaded_sensor_is_warned_of_and_others_are_not(findings, page):
    assert "WARNING" not in page
    demanded = findings.load.demanded.copy()
    demanded[findings.network.id == CHOSEN[1]] = 1000.0
    busy = dataclasses.replace(findings, load=dataclasses.replace(findings.load, demanded=demanded))
    warned = answer.page(dataset.label(busy))
    assert "WARNING: 1 sensor is asked for more tracks than can be taken." in warned
    rows = [line for line in warned.splitlines() if line.startswith("|") and "WARNING" in line]
    assert len(rows) == 1
    assert "Ishigaki" in rows[0]


def test_limits_that_flatter_the_coverage_stand_beside_the_answer(findings):
    demanded = findings.load.demanded.copy()
    available = findings.load.available[findings.network.id == CHOSEN[1]].item()
    demanded[findings.network.id == CHOSEN[1]] = 7 * available
    busy = dataclasses.replace(findings, load=dataclasses.replace(findings.load, demanded=demanded))
    text = answer.page(dataset.label(busy)).split("\n\n")[3]
    assert text.startswith("**Read with care.** Coverage is what can be seen")
    assert "1 of 2 added sensors is asked for more tracks than can be taken, up to 7 times" in (
        " ".join(text.split())
    )


def test_where_nothing_is_added_nothing_is_said_of_added_sensors(figures):
    today = {"load_today": figures["load_today"] | {"sensors": 20, "overloaded": 17}}
    text = caveats.caveats(figures | today | {"sensors": []})
    assert (
        "to observe: 17 of today's 20 sensors are asked for more tracks than can be taken" in text
    )
    assert "added" not in text
    within = {"chosen": 0.07, "today": 0.07, "difference": 0.0}
    idle = {"coverage": figures["coverage"] | {"within_slots_fraction": within}}
    text = caveats.caveats(figures | today | idle | {"sensors": []})
    assert "slots of its sensors today's network reaches 7.0 % credited coverage" in text
    assert "chosen" not in text.partition("`")[0]


def test_telescopes_under_one_sky_are_named_as_a_limit(figures):
    telescope = next(one for one in figures["sensors"] if one["kind"] == "telescope")
    near = telescope | {"site": "next hill", "latitude_deg": telescope["latitude_deg"] + 1.0}
    far = telescope | {"site": "far away", "latitude_deg": telescope["latitude_deg"] - 6.0}
    text = caveats.caveats(figures | {"sensors": [telescope, near, far]})
    assert "2 of 3 added telescopes stand within 500 km of another" in text
    idle = {"load_today": figures["load_today"] | {"overloaded": 0}}
    assert caveats.caveats(figures | idle | {"sensors": [telescope, far]}) == ""


def test_a_column_of_money_can_be_added_up():
    assert words.amounts([5250.0, 217.5]) == ["5,250.0", "217.5"]
    assert words.amounts([5250.0, 864.0]) == ["5,250", "864"]


def test_unseen_objects_are_counted_with_what_they_stand_for(findings, figures):
    lost = findings.unseen[0] != ""
    counted = sum(one["objects"] for one in figures["unseen"]["chosen"])
    assert counted == round(findings.targets.multiplicity[lost].sum())


def test_the_next_billion_says_what_changes(figures, page):
    more = figures["next_billion"]
    assert more["arrangements_added"] == ["Australian tracks"]
    assert more["arrangements_dropped"] == ["US states and covariances"]
    assert more["sensors_added"] == ["1.0 m tracking / medium-field telescope at Bisei"]
    assert more["sensors_dropped"] == []
    assert "Given up: US states and covariances." in " ".join(page.split())


def test_a_floor_out_of_reach_is_an_answer_too(page):
    row = next(line for line in page.splitlines() if line.startswith("| 2,000 "))
    assert "floor out of reach" in row


def test_nothing_worth_buying_is_said_so(findings):
    nothing = portfolio_of(findings.problem, findings.problem.nothing(), 0.5, 0.5)
    answers = dataclasses.replace(findings.answers, portfolio=nothing)
    idle = dataclasses.replace(findings, answers=answers, chosen=findings.today)
    text = " ".join(answer.page(dataset.label(idle)).split())
    assert "nothing worth buying is found" in text
    assert "## Sensors to add None." in text


def test_a_search_cut_short_is_said_so(findings):
    hurried = dataclasses.replace(findings.answers.portfolio, status="time_limit", proven=False)
    answers = dataclasses.replace(findings.answers, portfolio=hurried)
    text = answer.page(dataset.label(dataclasses.replace(findings, answers=answers)))
    assert "stopped at its time limit" in " ".join(text.split())


def test_what_the_proof_cannot_tell_apart_is_said(findings):
    pages = {}
    for bound in (0.55, 0.562):
        portfolio = dataclasses.replace(findings.answers.portfolio, objective=0.55, bound=bound)
        answers = dataclasses.replace(findings.answers, portfolio=portfolio)
        text = answer.page(dataset.label(dataclasses.replace(findings, answers=answers)))
        pages[bound] = " ".join(text.split())
    assert "Portfolios less than 1.2 points apart are not told apart" in pages[0.562]
    assert "told apart" not in pages[0.55]


def test_unchanged_assumptions_are_listed_by_id(findings, page):
    for one in findings.provenance.unchanged_assumptions:
        assert f"- {one[0]}: {one[1]} = " in page


def test_the_weighted_quantile_is_that_of_repeated_values():
    rng = np.random.default_rng(3)
    values, weight = rng.random(40), rng.integers(1, 6, 40)
    long = np.sort(np.repeat(values, weight))
    for q in (0.05, 0.5, 0.95, 1.0):
        expected = long[int(np.ceil(q * len(long))) - 1]
        assert readings.weighted_quantile(values, weight.astype(float), q) == expected


def test_a_table_shortens_its_widest_column_to_fit():
    text = tables.table(("Name", "Cost>"), [("x" * 200, "12"), ("short", "3,456")])
    lines = text.splitlines()
    assert {len(line) for line in lines} == {tables.COLUMNS}
    assert "…" in lines[2]
    assert lines[3].endswith("| 3,456 |")


def test_words_for_numbers():
    assert words.counted(1, "sensor") == "1 sensor"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.percent(None) == "-"
    assert words.points(0.0123) == "+1.2"
    assert words.country("XYZ") == "XYZ"


def test_every_firm_body_and_pool_is_named_as_in_the_table():
    rows = (files("kansoku.sites") / "partners.csv").read_text(encoding="utf-8").splitlines()
    signing = [row for row in csv.DictReader(rows) if row["kind"] != "state"]
    assert signing
    assert {row["id"]: row["name"] for row in signing} == words.PARTIES
    assert words.partner("LEOLABS 0 to 25 %") == "LeoLabs 0 to 25 %"
    assert words.partner("USA", words.the_country) == "the United States"


def test_results_are_written_whole(cube, page, tmp_path):
    assert report.write(cube, tmp_path / "out") == page
    names = sorted(
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*")
    )
    kinds = ("cost_against_coverage", "coverage_by_regime", "network_map")
    drawn = [f"figures/{kind}.{end}" for kind in kinds for end in ("png", "svg")]
    assert names == sorted(["answer.json", "answer.md", "config.yaml", "figures", *drawn])
    assert (tmp_path / "out" / "answer.md").read_text("utf-8") == page
    numbers = json.loads((tmp_path / "out" / "answer.json").read_text("utf-8"))
    assert numbers == answer.summary(cube)
    assert (tmp_path / "out" / "config.yaml").read_text("utf-8") == cube.attrs["kansoku_config"]


def test_a_cube_read_from_its_file_gives_the_same_page(cube, page, tmp_path):
    storage.write(cube, tmp_path / "study.nc")
    again = storage.read(tmp_path / "study.nc")
    assert answer.page(again) == page
    assert answer.summary(again) == answer.summary(cube)


def test_json_holds_no_nan(figures):
    assert "NaN" not in json.dumps(figures)


def test_a_results_folder_that_cannot_be_written_is_named(cube, tmp_path):
    (tmp_path / "results").write_text("a file stands where the folder should")
    with pytest.raises(CubeError, match=r"results: results cannot be written .*--out"):
        report.write(cube, tmp_path / "results")


def test_reporting_imports_no_plotting_until_it_draws():
    code = "import sys, kansoku.report; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_design_with_no_new_sensors_but_an_arrangement_is_worded(findings):
    signed = design_of(findings.problem, [], ["USA-T3"])
    answers = dataclasses.replace(
        findings.answers, portfolio=portfolio_of(findings.problem, signed, 0.55, 0.55)
    )
    text = " ".join(
        answer.page(dataset.label(dataclasses.replace(findings, answers=answers))).split()
    )
    assert "Japan should add no sensor and exchange data with the United States at tier 3" in text
