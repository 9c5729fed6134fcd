"""The file that keeps facts of images in a repository: written for git, read from strangers."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from built import digest
from past import git

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.images.recorded import (
    ENTRIES,
    LAYERS,
    STEPS,
    RecordedImage,
    RecordedLayer,
    RecordedPackage,
    RecordedStep,
    read_recorded,
    write_recorded,
)

if TYPE_CHECKING:
    from pathlib import Path

FLASK = RecordedPackage("flask", "3.1.0", 103_000)
BASE = RecordedLayer("", digest("base"), bytes=30_000_000, digest=digest("blob"))


def layer(text: str, size: int | None = 1_000, **more: object) -> RecordedLayer:
    made = RecordedLayer(
        text, digest(f"tar {text}"), "0" * 32, size, digest=digest(text), packages={}
    )
    return made._replace(**more)


def image(name: str = "Dockerfile", *layers: RecordedLayer, **more: object) -> RecordedImage:
    told: dict[str, object] = {
        "platform": "linux/amd64",
        "source": "docker://registry.local:5000/team/shop:1",
        "digest": digest("manifest"),
        "base": "python:3.12-slim",
        "day": "2026-11-28",
        "commit": "ab" * 20,
        "base_layers": (BASE,),
        "layers": layers or (layer("RUN make"),),
    }
    return RecordedImage(name, **told | more)


IMAGES = (
    image(
        "Dockerfile",
        layer("RUN pip install -r requirements.txt", packages={"python": (FLASK,)}),
        layer("RUN <<E\necho \u00fc\nE", None, unpacked=77, digest=None),
        layer("RUN make", basis=Basis.MODELLED),
    ),
    image("Dockerfile", target="test", commit=None, base=None, base_layers=()),
    image(
        "web/Dockerfile",
        base_digest=digest("index"),
        digest=None,
        steps=(
            RecordedStep("RUN make", "build", "1" * 32, 73.8),
            RecordedStep("RUN <<E\nmake\nE", "stage-1", "2" * 32, 0.0, Basis.MODELLED),
        ),
    ),
)


def test_what_is_written_is_read_again() -> None:
    shuffled = random.Random(1).sample(IMAGES, 3)  # noqa: S311  an order, no secret
    text = write_recorded(shuffled)
    assert read_recorded(text.encode(), "facts.json") == IMAGES
    assert text == write_recorded(IMAGES)
    assert json.loads(text)[0] == {"schema": 1}
    own = sum(len(each.layers) + len(each.base_layers) + len(each.steps) for each in IMAGES)
    assert len(text.splitlines()) == 2 + len(IMAGES) + own


def test_a_file_that_a_formatter_has_rewritten_is_read_alike() -> None:
    pretty = json.dumps(json.loads(write_recorded(IMAGES)), indent=4)
    assert read_recorded(pretty.encode(), "facts.json") == IMAGES


def test_what_two_branches_record_of_two_images_is_merged(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    names = ("a/Dockerfile", "b/Dockerfile", "c/Dockerfile")

    def save(*images: RecordedImage) -> None:
        (tmp_path / "facts.json").write_text(write_recorded(images))
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "Facts")

    old = {name: image(name, layer("RUN one"), layer("RUN two")) for name in names}
    save(*old.values())
    git(tmp_path, "checkout", "-qb", "other")
    last = image("c/Dockerfile", layer("RUN one"), layer("RUN three", 3_000))
    save(*(old | {"c/Dockerfile": last}).values())
    git(tmp_path, "checkout", "-q", "main")
    first = image("a/Dockerfile", layer("RUN four"), layer("RUN two"), commit="cd" * 20)
    more = image("b/more.Dockerfile")
    save(*(old | {"a/Dockerfile": first}).values(), more)
    git(tmp_path, "merge", "-q", "--no-edit", "other")
    merged = read_recorded((tmp_path / "facts.json").read_bytes(), "facts.json")
    assert merged == (first, old["b/Dockerfile"], more, last)


GOOD = write_recorded([image("Dockerfile", layer("RUN one"), layer("RUN two"))])
STEP = ',{"step": "RUN one", "stage": "stage-0", "key": "%s", "seconds": 1.5}\n]' % ("0" * 32)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("", 1, "`[` is missing"),
        ("{}", 1, "`[` is missing"),
        ("[]", 1, 'does not begin with {"schema": 1}'),
        (changed('"schema": 1', '"schema": 2'), 1, "a newer dlint wrote it"),
        (changed('"schema": 1', '"schema": "1"'), 1, "does not begin with"),
        (changed("RUN one", "RUN one\n"), 4, "is not valid JSON"),
        (changed(",{", "{"), 2, "`,` is missing"),
        (GOOD + "x", 7, "there is more after the array"),
        (GOOD.removesuffix("]\n"), 6, "`,` is missing"),
        (changed('"bytes": 1000', '"bytes": -1'), 4, '"bytes" must be a number of bytes'),
        (changed('"bytes": 1000', '"bytes": true'), 4, '"bytes" must be a number of bytes'),
        (changed('"bytes": 1000', '"bytes": 1e3'), 4, '"bytes" must be a number of bytes'),
        (changed('"bytes": 1000', f'"bytes": {1 << 60}'), 4, '"bytes" must be a number'),
        (changed('"bytes": 1000', f'"bytes": {"9" * 5000}'), 4, "is not JSON that dlint reads"),
        (changed('"bytes": 1000', '"bytes": NaN'), 4, "NaN is not a number"),
        (changed('"bytes": 1000, ', ""), 4, '"bytes" is missing'),
        (changed('"bytes": 1000', '"bytes": 1, "bytes": 2'), 4, "a key occurs twice"),
        (changed('"unpacked"', '"unpakced"'), 3, '"unpakced" is not a known key'),
        (changed("RUN two", r"RUN \u001b[2J"), 5, '"layer" holds what cannot be printed'),
        (changed("RUN two", r"RUN \ud800"), 5, '"layer" holds what cannot be printed'),
        (changed("RUN two", ""), 5, '"layer" must be a text'),
        (changed("RUN two", "x" * 70_000), 5, '"layer" must be a text of 1 to 65,536'),
        (changed('"image": "Dockerfile"', '"image": "../Dockerfile"'), 2, '"image" must be a path'),
        (changed('"image": "Dockerfile"', '"image": "/etc/x"'), 2, '"image" must be a path'),
        (changed('"image": "Dockerfile"', '"image": 1'), 2, '"image" must be a text'),
        (changed("2026-11-28", "2026-13-28"), 2, '"day" is not a calendar day'),
        (changed("2026-11-28", "today"), 2, '"day" must be a day'),
        (changed("ab" * 20, "HEAD"), 2, '"commit" must be a commit'),
        (changed("0" * 32, "0" * 31), 4, '"key" must be a key of 32'),
        (changed('"packages": {}', '"packages": {"gems": []}'), 4, '"packages" names "gems"'),
        (changed('"packages": {}', '"packages": {"node": ["a"]}'), 4, "such as `flask 3.1.0`"),
        (changed('"packages": {}', '"packages": {"node": {}}'), 4, '"packages" must hold lists'),
        (changed('"packages": {}', '"packages": []'), 4, '"packages" must be an object'),
        (changed(digest("RUN one"), "sha256:abc"), 4, '"digest" must be a digest'),
        ("[" * 100_000, 1, "is not JSON that dlint reads"),
        ('[{"schema": 1}\n,{"layer": "RUN one"}\n]', 2, "comes before the first image"),
        ('[{"schema": 1}\n,7\n]', 2, "is neither an image nor a layer"),
        ('[{"schema": 1}\n' + STEP, 2, "a step comes before the first image"),
        (changed("]\n", STEP.replace("1.5", "-1")), 6, '"seconds" must be a number of seconds'),
        (changed("]\n", STEP.replace("1.5", '"1"')), 6, '"seconds" must be a number of seconds'),
        (changed("]\n", STEP.replace("1.5", "true")), 6, '"seconds" must be a number of seconds'),
        (changed("]\n", STEP.replace("1.5", "1e99")), 6, '"seconds" must be a number of seconds'),
        (changed("]\n", STEP.replace("stage-0", "")), 6, '"stage" must be a text'),
        (changed("]\n", STEP.replace("0" * 32, "0")), 6, '"key" must be a key'),
        (GOOD.replace("\n]", GOOD[GOOD.index("\n,") :]), 6, "recorded twice"),
        ("<<<<<<< HEAD\n" + GOOD, 1, "two branches recorded the same image"),
        ('[{"schema": 1}' + ',{"a": 1}' * ENTRIES, 1, "is neither an image"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(text: str, where: int, why: str) -> None:
    with pytest.raises(DlintError) as caught:
        read_recorded(text.encode(), "facts.json")
    assert caught.value.message.startswith(f"facts.json:{where}: ")
    assert why in caught.value.message
    assert "`dlint facts record`" in caught.value.hint


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DlintError, match=r"^facts\.json:2: is not UTF-8"):
        read_recorded(b'[{"schema": 1}\n\xff', "facts.json")


def test_an_image_has_no_more_timed_steps_than_a_file_can_have() -> None:
    steps = tuple(RecordedStep(f"RUN {at}", "build", "0" * 32, 1.0) for at in range(STEPS + 1))
    with pytest.raises(DlintError, match="one step more than the 2,000"):
        read_recorded(write_recorded([image(steps=steps)]).encode(), "facts.json")


def test_an_image_has_no_more_layers_than_any_can_have() -> None:
    many = image("Dockerfile", *(layer(f"RUN {number}") for number in range(LAYERS + 1)))
    with pytest.raises(DlintError, match="one layer more than the 500"):
        read_recorded(write_recorded([many]).encode(), "facts.json")
