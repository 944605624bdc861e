"""Every way to write a study wrong: the message, and the line it names."""

import pytest

from kansoku import configfile
from kansoku.errors import ConfigError

GOOD = """\
study:
  name: s
time:
  start: 2024-07-05
design:
  budget_mjpy: 1
"""

PACKAGED = (
    "decide-abroad, decide-buy, decide-home, decide-mix, decide-upgrade, demo, japan, plan, real"
)


def problems_of(folder, text):
    path = folder / "s.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    loaded, problems = configfile.inspect(path)
    assert (loaded is None) == bool(problems)
    return [str(problem).removeprefix(f"{folder}/") for problem in problems]


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("covrage: {}", "s.yaml:7: covrage: unknown key; did you mean `coverage`?"),
        (
            "zebra: 1",
            "s.yaml:7: zebra: unknown key; remove it, or use one that a study knows: "
            "study, targets, time, network, visibility, coverage, design, compute",
        ),
        (
            "network:\n  site: [S-JP-BISEI]",
            "s.yaml:8: network.site: unknown key; did you mean `sites`?",
        ),
        (
            "network:\n  horizon_fy: 2032",
            "s.yaml:8: network.horizon_fy: unknown key; did you mean `design.horizon_fy`?",
        ),
        (
            "targets:\n  albedo: 1.5",
            "s.yaml:8: targets.albedo: got 1.5, must be 1 or less; "
            "correct it, or remove `albedo` for the default 0.2",
        ),
        (
            "targets:\n  albedo: .nan",
            "s.yaml:8: targets.albedo: got nan, must be a finite number; "
            "correct it, or remove `albedo` for the default 0.2",
        ),
        (
            "targets:\n  max_age_days: '30'",
            "s.yaml:8: targets.max_age_days: got '30', must be a number; "
            "correct it, or remove `max_age_days` for the default 30.0",
        ),
        (
            "coverage:\n  scenarios: 2.5",
            "s.yaml:8: coverage.scenarios: got 2.5, must be a whole number; "
            "correct it, or remove `scenarios` for the default 8",
        ),
        (
            "coverage:\n  weather: sunny",
            "s.yaml:8: coverage.weather: got 'sunny', must be one of 'independent' or 'none'; "
            "correct it, or remove `weather` for the default 'independent'",
        ),
        (
            "compute:\n  threads: true",
            "s.yaml:8: compute.threads: got true, must be a whole number; "
            "correct it, or remove `threads` for the default 0",
        ),
        (
            "network:\n  owner: Japan",
            "s.yaml:8: network.owner: got 'Japan', must be three capital letters "
            "(ISO 3166-1 alpha-3), such as 'JPN'; "
            "correct it, or remove `owner` for the default 'JPN'",
        ),
        (
            "coverage:\n  credit:\n    - 1.0\n    - 1.5",
            "s.yaml:10: coverage.credit[1]: got 1.5, must be 1 or less; "
            "correct it, or remove `credit` for the default [1.0, 0.6, 0.3]",
        ),
        (
            "coverage:\n  credit: []",
            "s.yaml:8: coverage.credit: got [], must hold at least 1 item(s); "
            "correct it, or remove `credit` for the default [1.0, 0.6, 0.3]",
        ),
        (
            "coverage:\n  tier_credit: [1, 1]",
            "s.yaml:8: coverage.tier_credit: got [1, 1], must hold more items; "
            "correct it, or remove `tier_credit` for the default [0.5, 0.8, 0.9, 1.0, 1.0]",
        ),
        (
            "coverage:\n  weights: {LOE: 1}",
            "s.yaml:8: coverage.weights.LOE: unknown key, must be one of "
            "'LEO', 'MEO', 'GEO', 'HEO' or 'OTHER'; correct or remove it",
        ),
        (
            "coverage: 5",
            "s.yaml:7: coverage: got 5, must be a section with one key a line; correct it",
        ),
        (
            "coverage:\n  credit: [0.5, 0.6]",
            "s.yaml:8: coverage.credit: got [0.5, 0.6], must never rise from one track to the "
            "next; sort it falling",
        ),
        (
            "coverage:\n  weights: {LEO: 0}",
            "s.yaml:8: coverage.weights: got {'LEO': 0}, must hold a weight above 0; "
            "raise one regime",
        ),
        (
            "coverage:\n  window_hours: 48",
            "s.yaml:8: coverage.window_hours: got 48, must not be longer than time.hours 24; "
            "shorten the window, or lengthen the stretch",
        ),
        (
            "coverage:\n  window_hours: 5",
            "s.yaml:8: coverage.window_hours: got 5, must divide time.hours 24 without "
            "remainder; choose for example 4.8",
        ),
        (
            "coverage:\n  window_hours: 0.01",
            "s.yaml:3: time.step_s: got 60.0, must not be longer than a window of 0.01 h; "
            "shorten it",
        ),
        (
            "network:\n  sites: [S-JP-BISEI, S-JP-BISEY]",
            "s.yaml:8: network.sites[1]: got 'S-JP-BISEY', must be a candidate site; "
            "did you mean S-JP-BISEI?",
        ),
        (
            "network:\n  sensor_types: [hubble]",
            "s.yaml:8: network.sensor_types[0]: got 'hubble', must be a sensor type; "
            "see the column id of sensor_types.csv",
        ),
        (
            "network:\n  arrangements: [USA-T9]",
            "s.yaml:8: network.arrangements[0]: got 'USA-T9', must be a sharing arrangement; "
            "did you mean USA-T4?",
        ),
        (
            "network:\n  countries: [JPN, XXX]",
            "s.yaml:8: network.countries[1]: got 'XXX', must be a country with candidate sites; "
            "see the column country of sites.csv",
        ),
        ("study: {name: t}", "s.yaml:7: study: given twice, first on line 1; keep one of the two"),
        (
            "compute:\n  threads: 1\n  threads: 2",
            "s.yaml:9: compute.threads: given twice, first on line 8; keep one of the two",
        ),
        (
            "compute: &c {threads: 1}\ncoverage: *c",
            "s.yaml:8: not readable as YAML: alias *c; write the value out again",
        ),
        (
            "compute:\n  backend: !!python/name:os.system auto",
            "s.yaml:8: compute.backend: tag 'tag:yaml.org,2002:python/name:os.system' is not "
            "understood; remove the tag",
        ),
        (
            "compute: {threads: 1",
            "s.yaml:8: not readable as YAML: while parsing a flow mapping, expected ',' or '}', "
            "but got '<stream end>'; check the indentation, colons, quotes and brackets there",
        ),
        ("[1]: 2", "s.yaml:7: a key must be a word; remove the brackets around it"),
    ],
)
def test_one_mistake_is_one_line_that_says_how_to_mend_it(tmp_path, added, message):
    assert problems_of(tmp_path, f"{GOOD}{added}\n") == [message]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  budget_mjpy: 1\n",
            "  budget_mjpy: -1\n",
            "s.yaml:6: design.budget_mjpy: got -1, must be 0 or more; correct it",
        ),
        (
            "design:\n  budget_mjpy: 1\n",
            "design:\n  gap: 0.1\n",
            "s.yaml:5: design.budget_mjpy: got nothing, must be what may be paid until the horizon "
            "in million yen; write it, or a `programme` whose purses are the budget",
        ),
        (
            "budget_mjpy: 1\n",
            "budget_mjpy:\n",
            "s.yaml:6: design.budget_mjpy: got nothing, must be what may be paid until the horizon "
            "in million yen; write it, or a `programme` whose purses are the budget",
        ),
        (
            "design:\n  budget_mjpy: 1\n",
            "",
            "s.yaml:1: design: missing; add this section, with at least budget_mjpy",
        ),
        (
            "name: s",
            "name: a/b",
            "s.yaml:2: study.name: got 'a/b', must be letters, digits, dots, hyphens and "
            "underscores only, and begin with a letter or a digit; correct it",
        ),
        (
            "2024-07-05",
            "5 July",
            "s.yaml:4: time.start: got '5 July', must be a date and time in ISO 8601, such as "
            "2024-07-05T00:00:00Z; correct it",
        ),
        (
            "2024-07-05",
            "2023-07-05\n  days: ['02-29']",
            "s.yaml:5: time.days: got ['02-29'], must exist in 2023, which has no 02-29; "
            "choose 02-28",
        ),
        (
            "2024-07-05",
            "2024-07-05\n  days: ['03-20', '03-20']",
            "s.yaml:5: time.days: got ['03-20', '03-20'], must name each day once; "
            "remove the second '03-20'",
        ),
        (
            "2024-07-05",
            "2024-07-05\n  days: ['04-31']",
            "s.yaml:5: time.days[0]: got '04-31', must be a month and a day, such as '03-20'; "
            "correct it, or remove `days` for the default ['03-20', '06-21', '09-22', '12-21']",
        ),
        (
            "budget_mjpy: 1\n",
            "budget_mjpy: 1\n  horizon_fy: 2020\n",
            "s.yaml:7: design.horizon_fy: got 2020, must not be before design.decision_fy 2027; "
            "choose a later horizon",
        ),
        (
            "budget_mjpy: 1\n",
            "budget_mjpy: 1\n  decision_fy: 2040\n",
            "s.yaml:5: design.horizon_fy: got 2032, must not be before design.decision_fy 2040; "
            "choose a later horizon",
        ),
    ],
)
def test_mistake_in_a_required_section(tmp_path, old, new, message):
    assert problems_of(tmp_path, GOOD.replace(old, new)) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "s.yaml:1: the file is empty; write a study into it: kansoku init demo ."),
        (
            "# only a comment\n",
            "s.yaml:1: the file is empty; write a study into it: kansoku init demo .",
        ),
        (
            "- a\n",
            "s.yaml:1: got ['a'], must be sections such as `study:` and `design:`; "
            "see kansoku init demo .",
        ),
        (
            b"study:\n  name: \xff\n",
            "s.yaml:2: byte 0xff is not UTF-8; save the file as UTF-8 text",
        ),
        (
            "study:\n  name: a\x07b\n",
            "s.yaml:2: not readable as YAML: character U+0007 is not allowed; "
            "save the file as plain text in UTF-8",
        ),
        (
            "[" * 1000,
            "s.yaml:1: not readable as YAML: nested more than 20 levels deep; a study has three",
        ),
        (
            GOOD + "---\n" + GOOD,
            "s.yaml:7: not readable as YAML: expected a single document in the stream, but found "
            "another document; check the indentation, colons, quotes and brackets there",
        ),
    ],
)
def test_text_that_is_no_study(tmp_path, text, message):
    assert problems_of(tmp_path, text) == [message]


def test_keys_of_one_period_are_refused_beside_a_programme(tmp_path):
    text = """\
study: {name: s}
time: {start: 2024-07-05}
design:
  budget_mjpy: 15000
  autonomy_min: 0.5
  capacity: block
  frontier_budgets_mjpy: [1, 2]
  programme:
    autonomy_min: {2030: 0.5, 2050: 0.5}
"""
    assert problems_of(tmp_path, text) == [
        "s.yaml:4: design.budget_mjpy: got 15000, must not be given beside programme: its purses "
        "are the budget; remove the key",
        "s.yaml:5: design.autonomy_min: got 0.5, must not be given beside programme: floors over "
        "fiscal years are programme.autonomy_min; move it there",
        "s.yaml:6: design.capacity: got 'block', must not be given beside programme: slots are not "
        "weighed over fiscal years; remove the key",
        "s.yaml:7: design.frontier_budgets_mjpy: got [1, 2], must not be given beside programme: "
        "other budgets are other purses, a study of their own; remove it",
        "s.yaml:9: design.programme.autonomy_min: got {'2030': 0.5, '2050': 0.5}, must name years "
        "from design.decision_fy 2027 to design.horizon_fy 2032; correct the years",
    ]


def test_a_programme_needs_no_budget_and_no_other_mistake_makes_it_need_one(tmp_path):
    text = "study: {name: s}\ntime: {start: 2024-07-05}\ndesign: {GAP programme: {}}\n"
    assert problems_of(tmp_path, text.replace("GAP ", "")) == []
    assert problems_of(tmp_path, text.replace("GAP ", "gap: 7, ")) == [
        "s.yaml:3: design.gap: got 7, must be 1 or less; correct it, or remove `gap` for the "
        "default 0.005"
    ]


def test_all_problems_come_at_once_in_the_order_of_the_lines(tmp_path):
    text = """\
study:
  name: "a b"
time:
  start: soon
  hours: 24
coverage:
  window_hours: 48
  credit: [0.5, 0.6]
  weights: {GEO: -2}
network:
  sites: [S-JP-NOWHERE]
targets:
  catalogue: missing.tle
design:
  horizon_fy: 2020
  budget: 3
design: {}
"""
    starts = [line.split(" ", 2)[:2] for line in problems_of(tmp_path, text)]
    assert starts == [
        ["s.yaml:2:", "study.name:"],
        ["s.yaml:4:", "time.start:"],
        ["s.yaml:7:", "coverage.window_hours:"],
        ["s.yaml:8:", "coverage.credit:"],
        ["s.yaml:9:", "coverage.weights.GEO:"],
        ["s.yaml:11:", "network.sites[0]:"],
        ["s.yaml:13:", "targets.catalogue:"],
        ["s.yaml:14:", "design.budget_mjpy:"],
        ["s.yaml:15:", "design.horizon_fy:"],
        ["s.yaml:16:", "design.budget:"],
        ["s.yaml:17:", "design:"],
    ]


def test_missing_catalogue_names_the_place_that_was_searched(tmp_path):
    text = GOOD + "targets:\n  catalogue: missing.tle\n  satcat: missing.csv\n"
    assert problems_of(tmp_path, text) == [
        f"s.yaml:8: targets.catalogue: got 'missing.tle', no such file ({tmp_path}/missing.tle); "
        "correct the path, or use 'reference'",
        f"s.yaml:9: targets.satcat: got 'missing.csv', no such file ({tmp_path}/missing.csv); "
        "correct the path, or remove the key",
    ]


def test_missing_file_lists_the_packaged_studies(tmp_path):
    with pytest.raises(ConfigError) as failure:
        configfile.load_config(tmp_path / "nope.yaml")
    assert str(failure.value) == (
        f"{tmp_path}/nope.yaml: there is no such file, nor a packaged study of that name; "
        f"correct the path, or choose from {PACKAGED}"
    )


def test_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(ConfigError, match="is a folder, nor a packaged study"):
        configfile.load_config(tmp_path)


def test_large_file_is_refused_unread(tmp_path):
    path = tmp_path / "catalogue.tle"
    path.write_bytes(b"#" * (configfile.MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 1,000,000 bytes, so it is no study"):
        configfile.load_config(path)


def test_unreadable_file_says_why(tmp_path, monkeypatch):
    path = tmp_path / "s.yaml"
    path.write_text(GOOD)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(ConfigError, match=r"s\.yaml: cannot be read \(Permission denied\); check"):
        configfile.load_config(path)


def test_load_raises_every_problem_in_one_message(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(GOOD.replace("name: s", "name: a/b") + "zebra: 1\n")
    with pytest.raises(ConfigError) as failure:
        configfile.load_config(path)
    assert [line.split(": ")[1] for line in str(failure.value).splitlines()] == [
        "study.name",
        "zebra",
    ]


def test_unknown_packaged_study():
    with pytest.raises(ConfigError, match=f"no packaged study 'nope'; choose from {PACKAGED}"):
        configfile.packaged_text("nope")
