"""One polite HTTP request: http or https only, bounded in time and size, complete or refused."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO

from kansoku import __version__
from kansoku.errors import TargetsError

USER_AGENT = f"kansoku/{__version__} (satellite catalogue reader; standard library urllib)"
_CHUNK_BYTES = 1 << 16
_SLOWEST_TRANSFER_S = 600.0
_CHECK_NETWORK = "check the network and the address, then try again"


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an HTTP answer of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_scheme(url: str) -> None:
    """Refuse an address that is not http or https.

    Raises
    ------
    TargetsError
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetsError(
            f"catalogue address {url!r}: must begin with https:// or http:// and name a host; "
            "correct the address (KANSOKU_CATALOGUE_URL, if it is set)"
        )


class OnlyHttpRedirect(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https, but never from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request that follows a redirect, or refuse it."""
        check_scheme(newurl)
        if req.type == "https" and not newurl.startswith("https:"):
            raise TargetsError(
                f"{req.full_url}: redirects from https to {newurl!r}, which is not protected; "
                "use an address that stays on https"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener without the file, ftp and data handlers of urllib's default."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        OnlyHttpRedirect(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def get(url: str, headers: Mapping[str, str], timeout_s: float, max_bytes: int) -> Answer:
    """Request an address once.

    Parameters
    ----------
    url : str
        http or https.
    headers : mapping
        Sent beside User-Agent, such as If-None-Match.
    timeout_s : float
        Longest wait for the connection and for each piece of the answer. [s]
    max_bytes : int
        Largest body accepted. [byte]

    Raises
    ------
    TargetsError
        When the address is not http(s), nobody answers in time, or the body is too large or
        incomplete.
    """
    check_scheme(url)
    request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT, **headers})
    try:
        with _opener().open(request, timeout=timeout_s) as response:
            return _answer(url, response, max_bytes)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, _lowered(refusal.headers), _words_of(refusal))
    except http.client.IncompleteRead as cause:
        raise _cut_short(url, len(cause.partial)) from cause
    except (OSError, http.client.HTTPException) as cause:
        reason = getattr(cause, "reason", None) or cause
        raise TargetsError(f"{url}: no answer ({reason}); {_CHECK_NETWORK}") from cause


def _answer(url: str, response: http.client.HTTPResponse, max_bytes: int) -> Answer:
    deadline_s = time.monotonic() + _SLOWEST_TRANSFER_S
    body = bytearray()
    while piece := response.read(_CHUNK_BYTES):
        body += piece
        if len(body) > max_bytes:
            raise TargetsError(
                f"{url}: the answer is larger than {max_bytes} bytes, which no catalogue is; "
                "check the address"
            )
        if time.monotonic() > deadline_s:
            raise TargetsError(
                f"{url}: still sending after {_SLOWEST_TRANSFER_S:.0f} s; {_CHECK_NETWORK}"
            )
    headers = _lowered(response.headers)
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) != len(body):
        raise _cut_short(url, len(body), int(announced))
    return Answer(response.status, headers, bytes(body))


def _words_of(refusal: urllib.error.HTTPError) -> bytes:
    """Read the explanation that comes with a refusal, none when it does not arrive whole."""
    try:
        return refusal.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException):
        return b""  # the status, which decides, is known; only its wording is lost


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _cut_short(url: str, received: int, announced: int | None = None) -> TargetsError:
    expected = "" if announced is None else f" of {announced}"
    return TargetsError(
        f"{url}: the answer was cut short after {received}{expected} bytes; nothing was written, "
        "try again"
    )
