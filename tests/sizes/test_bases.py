"""The list of official images' sizes, read an image at a time."""

from __future__ import annotations

from pathlib import Path

from dlint.sizes import bases


def test_each_image_has_what_the_list_says_of_it_and_no_other() -> None:
    lines = Path(bases.__file__).with_name("bases.txt").read_text("utf-8").splitlines()
    found: dict[str, dict[str, bases.BaseSize]] = {}
    for image, tag, day, count, layers in (line.split(" ") for line in lines):
        found.setdefault(image, {})[tag] = bases.BaseSize(day, int(count), int(layers))
    assert {image: bases.sizes_of(image) for image in found} == found
    assert not bases.sizes_of("")
    assert not bases.sizes_of("no-such-image")
