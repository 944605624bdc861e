"""A study read from disk: what is accepted, what it resolves to, and what it leaves assumed."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku import configfile, document
from kansoku.config import Config
from kansoku.configfields import read_utc
from kansoku.errors import ConfigError

REPOSITORY = Path(__file__).parent.parent
SMALLEST = "study: {name: s}\ntime: {start: 2024-07-05}\ndesign: {budget_mjpy: 1}\n"


def written(folder, text, name="study.yaml"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_smallest_study_takes_every_default(tmp_path):
    path = written(tmp_path, SMALLEST)
    loaded = configfile.load_config(path)
    assert loaded.config == Config.model_validate(
        {
            "study": {"name": "s"},
            "time": {"start": datetime(2024, 7, 5, tzinfo=UTC)},
            "design": {"budget_mjpy": 1.0},
        }
    )
    assert loaded.base == tmp_path
    assert loaded.text == SMALLEST
    assert loaded.sha256 == hashlib.sha256(SMALLEST.encode()).hexdigest()
    assert loaded.source == str(path)


def test_relative_path_gives_the_folder_of_the_file_as_base(tmp_path, monkeypatch):
    (tmp_path / "studies").mkdir()
    written(tmp_path / "studies", SMALLEST)
    monkeypatch.chdir(tmp_path)
    assert configfile.load_config("studies/study.yaml").base == tmp_path / "studies"


def test_catalogue_is_looked_for_beside_the_file(tmp_path, monkeypatch):
    text = SMALLEST + "targets: {catalogue: mine.tle}\n"
    path = written(tmp_path, text)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="no such file"):
        configfile.load_config(path)
    written(tmp_path, "", "mine.tle")
    assert configfile.load_config(path).config.targets.catalogue == "mine.tle"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-07-05", datetime(2024, 7, 5, tzinfo=UTC)),
        ("20240705", datetime(2024, 7, 5, tzinfo=UTC)),
        ("2024-07-05 06:30", datetime(2024, 7, 5, 6, 30, tzinfo=UTC)),
        ("2024-07-05T06:30:00Z", datetime(2024, 7, 5, 6, 30, tzinfo=UTC)),
        ("2024-07-05T15:30:00+09:00", datetime(2024, 7, 5, 6, 30, tzinfo=UTC)),
    ],
)
def test_naive_times_are_utc_and_others_become_it(text, instant):
    assert read_utc(text) == instant
    assert read_utc(text).utcoffset() == instant.utcoffset()


def test_numbers_follow_yaml_1_2(tmp_path):
    text = SMALLEST.replace("budget_mjpy: 1", "budget_mjpy: 15e3, horizon_fy: 2_032")
    design = configfile.load_config(written(tmp_path, text)).config.design
    assert (design.budget_mjpy, design.horizon_fy) == (15000.0, 2032)


def test_section_with_every_key_commented_out_takes_its_defaults(tmp_path):
    text = SMALLEST + "coverage:\n  # window_hours: 12\n"
    assert configfile.load_config(written(tmp_path, text)).config.coverage.window_hours == 6.0


def test_byte_order_mark_is_skipped(tmp_path):
    path = written(tmp_path, b"\xef\xbb\xbf" + SMALLEST.encode())
    assert configfile.load_config(path).config.study.name == "s"


def test_demo_asks_the_planners_question():
    config = configfile.load_config("demo").config
    assert config.design.budget_mjpy == 15000
    assert config.design.horizon_fy == 2032
    assert config.targets.catalogue == "reference"
    assert {"JPN", "AUS", "USA"} <= set(config.network.countries)
    assert config.network.owner == "JPN"


def test_real_is_the_same_question_of_a_real_catalogue(tmp_path):
    written(tmp_path, "", "catalogue.tle.gz")
    written(tmp_path, "", "satcat.csv.gz")
    path = written(tmp_path, configfile.packaged_text("real"), "real.yaml")
    real = configfile.load_config(path).config
    demo = configfile.load_config("demo").config
    assert (real.time.hours, real.time.step_s, real.time.days) == (24.0, 60.0, ())
    assert real.time.start == datetime(2024, 7, 5, tzinfo=UTC)
    for same in ("network", "coverage"):
        assert getattr(real, same) == getattr(demo, same)
    # The floor that just binds depends on the days that are observed.
    floor = {"autonomy_min": demo.design.autonomy_min}
    assert real.design.model_copy(update=floor) == demo.design


def test_a_file_wins_over_a_packaged_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SMALLEST, "demo")
    assert configfile.load_config("demo").config.study.name == "s"


def test_a_folder_does_not_hide_a_packaged_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    loaded = configfile.load_config("demo")
    assert (loaded.config.study.name, loaded.base) == ("demo", tmp_path)


def test_resolved_study_reads_back_equal_and_writes_the_same_again(tmp_path):
    config = configfile.load_config("demo").config
    text = configfile.resolved_yaml(config)
    again = configfile.load_config(written(tmp_path, text)).config
    assert again == config
    assert configfile.resolved_yaml(again) == text
    assert "#" not in text
    assert list(document.read(text).data) == list(Config.model_fields)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_any_title_survives_the_resolved_study(title):
    config = Config.model_validate(
        {
            "study": {"name": "1e5", "title": title},
            "time": {"start": "2024-07-05"},
            "design": {"budget_mjpy": 1.0},
        }
    )
    read = document.read(configfile.resolved_yaml(config))
    assert read.flaws == ()
    assert Config.model_validate(read.data) == config


def test_assumptions_are_listed_until_a_study_decides_for_itself(tmp_path):
    config = configfile.load_config(written(tmp_path, SMALLEST)).config
    left = {assumption.id: assumption for assumption in configfile.unchanged_assumptions(config)}
    assert left["A-TGT-ALBEDO"].key == "targets.albedo"
    assert left["A-TGT-ALBEDO"].default == 0.2
    assert left["A-TGT-ALBEDO"].sentence.startswith("Diffuse albedo")
    assert "independent source, by country of" in left["A-COV-CROSS-CHECK"].sentence  # one line
    decided = SMALLEST + "targets: {albedo: 0.1}\n"
    config = configfile.load_config(written(tmp_path, decided)).config
    assert set(left) - {a.id for a in configfile.unchanged_assumptions(config)} == {"A-TGT-ALBEDO"}


def test_every_assumption_has_its_own_id_and_every_key_its_sentence():
    ids = []
    for section in Config.model_fields.values():
        for name, field in section.annotation.model_fields.items():
            assert field.description or name == "title", name
            marks = field.json_schema_extra or {}
            if "assumption" in marks:
                ids.append(marks["assumption"])
    assert len(ids) == len(set(ids)) > 10
    assert all(identifier.startswith("A-") for identifier in ids)


def test_schema_for_editors_is_that_of_the_model():
    committed = (REPOSITORY / "docs" / "config.schema.json").read_text("utf-8")
    assert committed == configfile.schema_json(), (
        "the schema moved: kansoku check --schema > docs/config.schema.json"
    )
    schema = json.loads(committed)
    assert set(schema["properties"]) == set(Config.model_fields)
    assert schema["additionalProperties"] is False
