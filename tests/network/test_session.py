"""What is read of answers whoever asked."""

import pytest

from dlint.network.session import retry_after


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("", 1.5),
        ("soon", 1.5),
        ("-1", 1.5),
        ("\u0663", 1.5),
    ],
)
def test_retry_after(header, expected):
    assert retry_after(header, 1.5) == expected
