"""HTTP as registries and package indexes are asked: no redirect, password or cookie goes by itself.

Imported when somebody is asked, not before: requests takes a fifth of a second.
"""

from __future__ import annotations

import ssl
import time
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter


class Session(requests.Session):
    """A session that leaves redirects to us: requests would read their bodies whole, however
    large.
    """

    def __init__(self, threads: int = 1) -> None:
        """Hold as many connections as `threads` use."""
        super().__init__()
        # Proxies of the environment are wanted; passwords of ~/.netrc, which come along with them,
        # are not.
        self.auth = lambda request: request
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": "dlint"})
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=max(1, threads)))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no redirect."""


def retry_after(header: str, default: float) -> float:
    """Read Retry-After, seconds or a date, as seconds from now."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return default


def causes(error: BaseException | None) -> tuple[BaseException, ...]:
    """Return an exception and those that led to it, the last first."""
    found = []
    while error:
        found.append(error)
        error = error.__cause__ or error.__context__
    return tuple(found)


def reason(error: BaseException) -> str:
    """Say what went wrong, by the first exception that tells; none is quoted, since some quote
    signed addresses.
    """
    for each in causes(error):
        if isinstance(each, requests.Timeout):
            return "does not answer in time"
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"has a certificate that cannot be verified ({each.verify_message})"
        if isinstance(each, ssl.SSLError):
            return "does not speak TLS"
        if isinstance(each, requests.exceptions.ChunkedEncodingError):
            return "closed the connection early"
        # An exception of requests is an OSError too, but has no errno.
        if isinstance(each, OSError) and each.strerror:
            return f"cannot be reached ({each.strerror})"
    return "cannot be reached"
