"""Modules that are loaded when something of them is used."""

from __future__ import annotations

import sys

import pytest

from dlint.faces import later


def test_a_module_is_loaded_with_the_first_name_that_is_taken_from_it() -> None:
    sys.modules.pop("colorsys", None)
    module = later("colorsys")
    assert "colorsys" not in sys.modules
    assert module.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert vars(module)["rgb_to_hsv"] is sys.modules["colorsys"].rgb_to_hsv
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing
