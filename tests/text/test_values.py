"""Tuples with named fields do what those of typing do."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from dlint.text.constructors import CONSTRUCTORS
from dlint.text.values import NamedTuple


class Mine(NamedTuple):
    name: str
    size: int = 0
    parts: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.name}: {self.size}"


class Theirs(typing.NamedTuple):
    name: str
    size: int = 0
    parts: tuple[str, ...] = ()


class One(NamedTuple):
    only: int


@pytest.mark.parametrize(
    ("args", "named"), [(("a",), {}), (("a", 2, ("x",)), {}), ((), {"size": 3, "name": "b"})]
)
def test_values_are_made_alike(args: tuple[object, ...], named: dict[str, object]) -> None:
    mine, theirs = Mine(*args, **named), Theirs(*args, **named)
    assert mine == theirs
    assert hash(mine) == hash(theirs)
    assert repr(mine) == repr(theirs).replace("Theirs", "Mine")
    assert (mine.name, mine.size, mine.parts) == theirs
    assert mine._asdict() == theirs._asdict()


@pytest.mark.parametrize("named", [{}, {"name": "a", "other": 1}])
def test_a_wrong_field_is_a_type_error(named: dict[str, object]) -> None:
    for kind in (Mine, Theirs):
        with pytest.raises(TypeError, match=r"__new__\(\)"):
            kind(**named)


def test_what_is_told_of_a_class() -> None:
    for told in ("_fields", "_field_defaults", "__match_args__", "__slots__"):
        assert getattr(Mine, told) == getattr(Theirs, told, ())
    assert One(1) == (1,)
    assert Mine("a").shown == "a: 0"


def test_a_value_is_changed_copied_and_sent() -> None:
    value = Mine("a")
    assert value._replace(size=4) == Mine("a", 4)
    assert Mine._make(["a", 4]) == Mine("a", 4)
    with pytest.raises(ValueError, match="unexpected field names: \\['other'\\]"):
        value._replace(other=1)
    with pytest.raises(AttributeError):
        value.size = 1
    for same in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301  its own
        assert (type(same), same) == (Mine, value)


def test_a_class_of_a_class_has_its_fields() -> None:
    class Inner(Mine):
        def double(self) -> int:
            return self.size * 2

    assert Inner("a", 2).double() == 4
    assert Mine("a", 2) == Inner("a", 2)


def test_a_value_matches_by_place_and_by_name() -> None:
    match Mine("a", 1):
        case Mine("a", size=1):
            pass
        case _:
            pytest.fail("it does not match")


def test_a_field_without_a_default_comes_first() -> None:
    with pytest.raises(TypeError, match="follows one that has one"):

        class _Wrong(NamedTuple):
            first: int = 0
            second: int


def test_constructors_are_written_out_for_each_number_of_fields() -> None:
    for count, make in enumerate(CONSTRUCTORS):
        assert make(tuple, *range(count)) == tuple(range(count))
        with pytest.raises(TypeError):
            make(tuple, *range(count + 1))
