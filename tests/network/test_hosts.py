"""Which hosts are this machine."""

import pytest

from dlint.network.hosts import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:5000", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("LOCALHOST:5000", True),
        ("[::1]:5000", True),
        ("[::1]", True),
        ("registry.local:5000", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_what_is_written_so(host, expected):
    assert is_loopback(host) is expected
