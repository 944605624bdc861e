"""Fetching a catalogue, against a server on loopback: asked seldom, believed only when whole."""

import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kansoku import __version__
from kansoku.errors import TargetsError
from kansoku.targets import download
from kansoku.targets.fetch import GROUPS, address, fetch
from naive import element_sets
from naive.element_sets import ISS

NOON = datetime(2026, 7, 10, 12, tzinfo=UTC)
CSV = element_sets.omm_csv(*({**ISS, "NORAD_CAT_ID": k} for k in (1, 2, 3))).encode()
NEWER = element_sets.omm_csv(ISS).encode()


class Source:
    """A server that gives the prepared answers in turn and keeps the requests."""

    def __init__(self):
        self.answers = []
        self.requests = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                source.requests.append((self.path, dict(self.headers)))
                status, headers, body = source.answers.pop(0)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def will_answer(self, status=200, body=CSV, **headers):
        self.answers.append((status, {k.replace("_", "-"): v for k, v in headers.items()}, body))


@pytest.fixture
def source(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    source = Source()
    yield source
    source.server.shutdown()
    source.server.server_close()


@pytest.fixture
def ask(source, tmp_path):
    def ask(name="active", *, after=timedelta(0), out="out.csv", **keys):
        keys.setdefault("base_url", source.url)
        return fetch(
            name, tmp_path / out, cache=tmp_path / "cache", now=NOON + after, timeout_s=5.0, **keys
        )

    return ask


def refusal_of(ask, *names, **keys):
    with pytest.raises(TargetsError) as caught:
        ask(*names, **keys)
    return str(caught.value)


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_group_is_asked_for_by_name_and_written_whole(source, ask, tmp_path):
    source.will_answer()
    found = ask()
    assert (found.how, found.objects, found.checked_utc) == ("fetched", 3, NOON)
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert files_in(tmp_path) == ["out.csv"]
    path, headers = source.requests[0]
    assert path == "/NORAD/elements/gp.php?GROUP=active&FORMAT=csv"
    assert headers["User-Agent"].startswith(f"kansoku/{__version__} ")
    assert "If-None-Match" not in headers
    assert found.sentence().startswith(
        f"{tmp_path / 'out.csv'}: 3 objects, fetched 2026-07-10 12:00"
    )


def test_within_two_hours_the_kept_copy_is_used_and_nothing_is_asked(source, ask, tmp_path):
    source.will_answer()
    ask()
    again = ask(after=timedelta(hours=1, minutes=59), out="elsewhere.csv")
    assert (again.how, again.objects, again.checked_utc) == ("kept copy", 3, NOON)
    assert "no request within 2 h of the last one" in again.sentence()
    assert (tmp_path / "elsewhere.csv").read_bytes() == CSV
    assert len(source.requests) == 1


def test_after_two_hours_the_source_is_asked_whether_it_changed(source, ask, tmp_path):
    stamp = "Fri, 10 Jul 2026 11:00:00 GMT"
    source.will_answer(ETag='"a1"', Last_Modified=stamp)
    ask()
    source.will_answer(304, b"", Content_Length=None)
    later = ask(after=timedelta(hours=2))
    assert (later.how, later.objects) == ("not modified", 3)
    headers = source.requests[1][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"a1"', stamp)
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert ask(after=timedelta(hours=3)).how == "kept copy"  # two hours from the confirmation
    source.will_answer(body=NEWER)
    assert ask(after=timedelta(hours=5)).objects == 1
    assert (tmp_path / "out.csv").read_bytes() == NEWER


def test_a_copy_that_was_changed_is_fetched_anew_without_conditions(source, ask, tmp_path):
    source.will_answer(ETag='"a1"')
    ask()
    (copy,) = (tmp_path / "cache").glob("active-*.csv")
    copy.write_bytes(b"rubbish")
    source.will_answer(ETag='"a2"')
    assert ask(after=timedelta(minutes=1)).how == "fetched"
    assert "If-None-Match" not in source.requests[1][1]


def test_403_is_reported_and_remembered_for_two_hours(source, ask, tmp_path):
    source.will_answer()
    ask()
    source.will_answer(403, b"GP data has not updated\nsince your last download.")
    message = refusal_of(ask, after=timedelta(hours=3))
    assert "the source refused (403), saying 'GP data has not updated since your" in message
    assert "nothing is asked before 2026-07-10 17:00:00 UTC" in message
    assert "a file fetched 2026-07-10 12:00 UTC stays as it is" in message
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert "nothing is asked before 2026-07-10 17:00:00" in refusal_of(
        ask, after=timedelta(hours=4, minutes=59)
    )
    assert len(source.requests) == 2
    source.will_answer(body=NEWER)
    assert ask("geo", after=timedelta(hours=4)).how == "fetched"  # another query of the host
    source.will_answer(body=NEWER)
    assert ask(after=timedelta(hours=5)).how == "fetched"
    assert len(source.requests) == 4


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_left_alone_until_it_says(source, ask, tmp_path, status):
    source.will_answer(status, b"", Retry_After="600")
    message = refusal_of(ask)
    assert f"({status}); nothing is asked before 2026-07-10 12:10:00 UTC, try again then" in message
    assert "12:10:00 UTC" in refusal_of(ask, "geo", after=timedelta(minutes=9))
    assert len(source.requests) == 1
    assert files_in(tmp_path) == []
    source.will_answer()
    assert ask("geo", after=timedelta(minutes=10)).how == "fetched"


def test_retry_after_may_be_a_date_or_nonsense(source, ask):
    source.will_answer(429, b"", Retry_After="Sat, 11 Jul 2026 06:30:00 GMT")
    assert "before 2026-07-11 06:30:00 UTC" in refusal_of(ask)
    source.will_answer(403, b"", Retry_After="soon")
    assert "before 2026-07-12 14:00:00 UTC" in refusal_of(ask, after=timedelta(days=2))


def test_an_answer_cut_short_writes_nothing(source, ask, tmp_path):
    (tmp_path / "out.csv").write_text("before")
    source.will_answer(Content_Length=str(len(CSV) + 100))
    message = refusal_of(ask)
    assert f"the answer was cut short after {len(CSV)} of {len(CSV) + 100} bytes" in message
    source.will_answer(body=CSV[:-30], Content_Length=None)  # cut, with no length to tell it
    assert "the file may be cut short" in refusal_of(ask)
    source.will_answer(body=b"1000\r\nNORAD", Transfer_Encoding="chunked", Content_Length=None)
    assert "cut short" in refusal_of(ask)
    assert (tmp_path / "out.csv").read_text() == "before"
    assert files_in(tmp_path) == ["out.csv"]
    source.will_answer()
    assert ask().how == "fetched"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"No GP data found", "not a catalogue (it begins with 'No GP data found')"),
        (b"<!DOCTYPE html><html>busy</html>", "not a catalogue (a web page)"),
        (b"", "sent a catalogue without objects"),
        (CSV.splitlines()[0], "sent a catalogue without objects"),
        (CSV.replace(b"51.6393", b"nan"), "inclination: got nan"),
    ],
)
def test_what_is_no_catalogue_is_not_written(source, ask, tmp_path, body, reason):
    source.will_answer(body=body)
    message = refusal_of(ask)
    assert reason in message
    assert "nothing was written" in message
    assert files_in(tmp_path) == []


def test_bad_records_can_be_let_through_with_a_warning(source, ask):
    lines = CSV.split(b"\r\n")
    lines[2] = lines[2].replace(b"51.6393", b"nan")
    source.will_answer(body=b"\r\n".join(lines))
    found = ask(on_bad_record="skip")
    assert found.objects == 2
    assert ":3: object 2: inclination: got nan" in found.warnings[0]


def test_too_large_an_answer_is_refused(source, ask, tmp_path):
    source.will_answer()
    assert "larger than 100 bytes" in refusal_of(ask, max_bytes=100)
    assert files_in(tmp_path) == []


def test_other_statuses_are_errors_that_are_not_remembered(source, ask):
    source.will_answer(404, b"gone")
    assert "answered with status 404; check the name and the address" in refusal_of(ask)
    source.will_answer()
    assert ask().how == "fetched"


def test_nobody_there_is_said_with_the_address(ask, source):
    source.server.server_close()
    source.server.shutdown()
    message = refusal_of(ask)
    assert message.startswith(f"{source.url}/NORAD/elements/gp.php?GROUP=active&FORMAT=csv: no ans")
    assert "check the network and the address" in message


def test_redirects_are_followed_on_http_only(source, ask):
    source.will_answer(302, b"", Location=f"{source.url}/moved")
    source.will_answer()
    assert ask().how == "fetched"
    assert source.requests[1][0] == "/moved"
    source.will_answer(302, b"", Location="file:///etc/passwd")
    assert "302 and a redirect to 'file:///etc/passwd' that is not" in refusal_of(ask, "geo")
    source.will_answer(302, b"", Location="ftp://127.0.0.1/active.csv")
    assert "'ftp://127.0.0.1/active.csv': must begin with https://" in refusal_of(ask, "geo")
    assert "must begin with https:// or http://" in refusal_of(ask, "gpz", base_url="ftp://host")
    assert "must begin with https:// or http://" in refusal_of(ask, "gpz", base_url="file:///tmp")


def test_a_redirect_from_https_to_http_is_refused():
    request = urllib.request.Request("https://host/active.csv")
    handler = download.OnlyHttpRedirect()
    with pytest.raises(TargetsError, match=r"redirects from https to 'http://host/active\.csv'"):
        handler.redirect_request(request, None, 302, "", {}, "http://host/active.csv")
    followed = handler.redirect_request(request, None, 302, "", {}, "https://other/active.csv")
    assert followed.full_url == "https://other/active.csv"


def test_a_mirror_can_be_named_in_the_environment(source, ask, monkeypatch):
    monkeypatch.setenv("KANSOKU_CATALOGUE_URL", f"{source.url}/mirror/")
    source.will_answer()
    ask(base_url=None)
    assert source.requests[0][0] == "/mirror/NORAD/elements/gp.php?GROUP=active&FORMAT=csv"


def test_the_cache_folder_can_be_named_in_the_environment(source, tmp_path, monkeypatch):
    monkeypatch.setenv("KANSOKU_CACHE", str(tmp_path / "mine"))
    source.will_answer()
    fetch("active", tmp_path / "out.csv", base_url=source.url)
    assert len(list((tmp_path / "mine").iterdir())) == 2


def test_a_damaged_record_of_requests_is_named(source, ask, tmp_path):
    source.will_answer()
    ask()
    (record,) = (tmp_path / "cache").glob("active-*.json")
    for damage in ("{", "[]", '{"url": 1, "checked_utc": "noon", "not_before_utc": null}'):
        record.write_text(damage)
        message = refusal_of(ask, after=timedelta(hours=3))
        assert message.startswith(f"{record}: the record of earlier requests cannot be read")
        assert message.endswith("remove the file")


def test_an_unwritable_place_is_named(source, ask, tmp_path):
    (tmp_path / "file").write_text("")
    source.will_answer()
    assert "file/out.csv: cannot be written" in refusal_of(ask, out="file/out.csv")


def test_satcat_is_fetched_and_checked_too(source, ask):
    source.will_answer(body=b"OBJECT_NAME,NORAD_CAT_ID,RCS\nA,1,0.5\nB,2,\n")
    assert ask("satcat").objects == 2
    assert source.requests[0][0] == "/pub/satcat.csv"
    source.will_answer(body=b"<html>")
    assert "not a SATCAT table" in refusal_of(ask, "satcat", after=timedelta(hours=3))


def test_names_become_addresses():
    assert address("25544", "https://host/").endswith("/gp.php?CATNR=25544&FORMAT=csv")
    assert address("GEO", "https://host").endswith("?GROUP=geo&FORMAT=csv")
    assert address("gpz-plus", "https://host").endswith("?SPECIAL=gpz-plus&FORMAT=csv")
    assert all(address(name, "https://host").startswith("https://host/") for name in GROUPS)


@pytest.mark.parametrize("name", ["starlnk", "active&FORMAT=tle", "../../etc", ""])
def test_an_unknown_name_is_refused_before_any_request(source, ask, name):
    message = refusal_of(ask, name)
    assert message.startswith(f"catalogue name {name!r} is unknown")
    assert ("did you mean starlink" in message) == (name == "starlnk")
    assert source.requests == []
