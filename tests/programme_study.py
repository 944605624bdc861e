"""A study over fiscal years in seconds: few sites, four partners, a firm with two packages."""

TEXT = """
study: {name: years, title: "What should Japan order in which year?"}
time: {start: 2024-07-05T09:00:00Z, hours: 6, step_s: 120, days: []}
network:
  sites: [S-JP-IRIKI, S-AU-LEARMONTH, S-US-HALEAKALA, S-JP-TANEGA]
  sensor_types: [T-OPT-05W, T-RAD-LL-S]
  arrangements: [USA-T1, USA-T2, USA-T3, USA-T4, AUS-T3, KOR-T4, HOST-AUS, HOST-USA, LEOLABS-25,
                 LEOLABS-100]
coverage: {window_hours: 3, scenarios: 3}
design:
  decision_fy: 2027
  horizon_fy: 2031
  gap: 0.01
  time_limit_s: 60
  programme:
    purses:
      civil: {budget_mjpy: {2027: 2400, 2028: 1900, 2029: 2200, 2030: 700, 2031: 700},
              carry_over_mjpy: 1600}
      defence: {budget_mjpy: 900}
      data: {budget_mjpy: [300, 300, 300, 1200, 1200]}
    autonomy_min: {2030: 0.55, 2031: 0.58}
    stress: {kinds: [site, partner, link], keep_min: 0.40, years: [2030, 2031]}
    escalation_per_year: 0.02
    discount_per_year: 0.05
compute: {backend: numpy, threads: THREADS}
"""


def write(folder, threads=2, old="", new=""):
    """Write the study, with one piece of text replaced; return its path."""
    path = folder / "years.yaml"
    assert old in TEXT
    text = TEXT.replace("THREADS", str(threads))
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return path
