"""What goes over the wire beside the layers, held against bytes that a relay counted: Docker 26.1.5
with buildx 0.13.1 and docker-registry 2.8.3, images `FROM scratch` of N one-file COPYs.
"""

from pathlib import Path

import pytest

from dlint.context import open_worktree
from dlint.errors import DlintError
from dlint.model import Build, Options
from dlint.model.keys import Keys, content_keys
from dlint.push.documents import escaped
from dlint.push.plan import Before, PushPlan, make_plan
from dlint.push.sizes import Sizes
from dlint.push.wire import Counts, Delivery, requests
from dlint.syntax.parser import parse
from dlint.text.source import Source

WITHIN = 0.10


def keys(folder: Path, count: int, last: bytes, builder: str) -> Keys:
    folder.mkdir()
    for number in range(count):
        (folder / f"f{number}").write_bytes(bytes([number]) * 300)
    (folder / f"f{count - 1}").write_bytes(last * 300)
    text = "".join(f"COPY f{number} /f{number}\n" for number in range(count))
    dockerfile = parse(Source("Dockerfile", f"FROM scratch\n{text}"))
    return content_keys(Build(dockerfile, open_worktree(folder), Options(builder=builder)))


def plan(folder: Path, delivery: Delivery, count: int, kind: str) -> PushPlan:
    old = keys(folder / "old", count, b"x", delivery.builder)
    new = old if kind == "again" else keys(folder / "new", count, b"y", delivery.builder)
    before = Before(None if kind == "first" else old)
    return make_plan(before, new, Sizes(delivery.builder), delivery=delivery)


@pytest.mark.parametrize(
    ("delivery", "count", "kind", "sent"),
    [
        (Delivery("docker", "off", "docker"), 1, "first", 5_790),
        (Delivery("docker", "off", "docker"), 5, "again", 4_086),
        (Delivery("docker", "off", "docker"), 30, "last", 26_614),
        (Delivery("docker", "off", "buildx"), 13, "first", 33_915),
        (Delivery("docker", "off", "buildx"), 2, "last", 8_301),
        (Delivery("buildkit", "off", "docker"), 2, "first", 7_947),
        (Delivery("buildkit", "off", "docker"), 1, "again", 2_840),
        (Delivery("buildkit", "off", "docker"), 13, "last", 19_104),
        (Delivery("buildkit", "min", "docker"), 1, "first", 13_577),
        (Delivery("buildkit", "min", "docker"), 5, "last", 18_007),
        (Delivery("buildkit", "min", "docker"), 13, "again", 18_392),
        (Delivery("buildkit", "max", "docker"), 13, "last", 48_748),
        (Delivery("buildkit", "off", "buildx"), 1, "first", 8_004),
        (Delivery("buildkit", "off", "buildx"), 13, "last", 25_648),
        (Delivery("buildkit", "min", "buildx"), 2, "again", 18_016),
        (Delivery("buildkit", "min", "buildx"), 30, "first", 81_954),
        (Delivery("buildkit", "max", "buildx"), 1, "first", 21_180),
        (Delivery("buildkit", "max", "buildx"), 5, "last", 29_770),
        (Delivery("buildkit", "max", "buildx"), 13, "again", 48_926),
    ],
)
def test_overhead_is_what_was_counted(
    tmp_path: Path, delivery: Delivery, count: int, kind: str, sent: int
) -> None:
    found = plan(tmp_path, delivery, count, kind)
    assert found.overhead_bytes == pytest.approx(sent, rel=WITHIN)


def test_a_large_layer_goes_in_chunks_from_the_older_store() -> None:
    small, large = (Counts(1, 0, 0, size) for size in (0, 40_012_386))
    assert requests(Delivery("docker"), large) - requests(Delivery("docker"), small) == 9_769
    assert requests(Delivery("buildkit"), large) == requests(Delivery("buildkit"), small)


def test_a_builder_delivers_by_its_own_default() -> None:
    assert Delivery.of("buildkit") == Delivery("buildkit", "min", "docker")
    assert Delivery.of("docker", by="buildx") == Delivery("docker", "off", "buildx")
    assert Delivery.of("buildkit", "off").provenance == "off"


def test_the_older_store_keeps_no_attestation() -> None:
    with pytest.raises(DlintError, match="docker keeps no attestations"):
        Delivery.of("docker", "max")


@pytest.mark.parametrize(("text", "count"), [("a && b", 16), ('"x"', 5), ("é\n", 4), ("<>", 12)])
def test_text_is_as_long_as_go_writes_it(text: str, count: int) -> None:
    assert escaped(text) == count
