"""Which repository docker names, as Docker 26.1.5 did in both image stores."""

import pytest

from dlint.push.mounts import Place, mount_source, mounted

BASE, APP, COPY, OTHER = "golden/base", "team/app", "team/copy", "alpha/x"


@pytest.mark.parametrize(
    ("target", "places", "graphdriver", "containerd"),
    [
        ("team/copy", (BASE, APP), APP, APP),
        ("alpha/x", (BASE, APP, COPY), COPY, COPY),
        ("golden/zz", (BASE, APP, COPY, OTHER), BASE, BASE),
        ("golden/zz", (APP, COPY, OTHER), OTHER, COPY),
    ],
)
def test_the_most_alike_repository_is_named_and_then_each_store_has_its_rule(
    target: str, places: tuple[str, ...], graphdriver: str, containerd: str
) -> None:
    assert mount_source("docker", target, places) == graphdriver
    assert mount_source("buildkit", target, places) == containerd


def test_nothing_is_mounted_from_another_registry_nor_from_the_target_itself() -> None:
    target = Place("one:5000", "team/app")
    held = {Place("two:5000", BASE): ("a",), target: ("b",), Place("one:5000", COPY): ("c",)}
    assert mounted("docker", target, held, "abc") == {"a": "", "b": "", "c": COPY}
