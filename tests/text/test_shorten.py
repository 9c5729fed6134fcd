"""Texts that have no room keep what tells them apart."""

from __future__ import annotations

import pytest

from dlint.text.shorten import path_end, shortened


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        ("api/Dockerfile", 20, "api/Dockerfile"),
        ("services/billing/Dockerfile", 22, "…/billing/Dockerfile"),
        # whole names would leave the same `…/Dockerfile` of each service
        ("services/notifications/Dockerfile", 20, "…ications/Dockerfile"),
        ("services/invoicing-and-more", 10, "…-and-more"),
    ],
)
def test_a_path_keeps_its_end(path: str, width: int, shown: str) -> None:
    assert path_end(path, width) == shown
    assert len(shown) <= width


def test_neighbors_are_told_apart() -> None:
    paths = [f"services/{name}/Dockerfile" for name in ("malware-analyzer", "network-analyzer")]
    assert len({path_end(path, 26) for path in paths}) == len(paths)


def test_a_text_is_cut_between_words() -> None:
    assert shortened("apt-get install -y build-essential libpq-dev", 30) == (
        "apt-get install -y … libpq-dev"
    )
