"""`NamedTuple`, as in typing, made in a tenth of its time.

typing compiles each annotation and a constructor while a module is loaded: that of two hundred
classes took a fifth of the time in which one small file is checked (35 of 153 ms, Python 3.11).
Here the constructor is made with the first value, and annotations stay text. Type
checkers see typing's own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from typing import Any, NamedTuple as NamedTuple  # noqa: PLC0414  for others to take
else:
    from _collections import _tuplegetter  # what collections.namedtuple makes of each field
    from functools import cache
    from types import FunctionType

    from dlint.text.constructors import CONSTRUCTORS

    class _Meta(type):
        """Makes tuples with named fields from the annotations of a class.

        They are of `tuple` alone, with what all have put into each: Python looks up a hundred
        special names in each class that another is made of, which took twice the time.
        """

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = tuple(namespace.get("__annotations__", ()))
            if not fields:
                return super().__new__(cls, name, bases, namespace)
            defaults = {}
            for at, each in enumerate(fields):
                if each in namespace:
                    defaults[each] = namespace[each]
                elif defaults:
                    raise TypeError(f"{name}: a field without a default follows one that has one")
                namespace[each] = _getter(at)
            made = {**_COMMON, **namespace, "__match_args__": fields, "__new__": _first}
            made |= {"_fields": fields, "_field_defaults": defaults}
            return type(name, (tuple, *bases[1:]), made)

    @cache
    def _getter(at: int) -> object:
        return _tuplegetter(at, "")

    def _first(cls: type, /, *args: object, **kwargs: object) -> object:
        """Make the constructor, put it in its own place, and make the first value."""
        home = next(each for each in cls.__mro__ if "_fields" in vars(each))
        code = _constructor(len(home._fields)).replace(
            co_varnames=("_cls", *home._fields), co_qualname=f"{home.__qualname__}.__new__"
        )
        defaults = tuple(home._field_defaults.values())
        home.__new__ = FunctionType(code, {"_new": tuple.__new__}, "__new__", defaults)
        return cls.__new__(cls, *args, **kwargs)

    @cache
    def _constructor(count: int) -> CodeType:
        """Return code that takes so many fields: only their names differ from class to class."""
        if count < len(CONSTRUCTORS):
            return CONSTRUCTORS[count].__code__
        names = ", ".join(f"_{number}" for number in range(count))
        make = eval(f"lambda _cls, {names}: _new(_cls, ({names},))")  # noqa: S307  numbers alone
        return make.__code__

    class NamedTuple(tuple, metaclass=_Meta):
        """A tuple whose items have names, defaults and methods."""

        __slots__ = ()

        @classmethod
        def _make(cls, items: Iterable[object]) -> object:
            """Make a value of its items."""
            return cls(*items)

        def _replace(self, /, **kwargs: object) -> object:
            """Return the value with other items for the fields that are named."""
            made = tuple.__new__(type(self), map(kwargs.pop, self._fields, self))
            if kwargs:
                raise ValueError(f"Got unexpected field names: {list(kwargs)!r}")
            return made

        def _asdict(self) -> dict[str, object]:
            """Return the items by their names."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            items = ", ".join(f"{name}={item!r}" for name, item in self._asdict().items())
            return f"{type(self).__name__}({items})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)

    _ALL = "__slots__ _make _replace _asdict __repr__ __getnewargs__".split()
    _COMMON = {each: vars(NamedTuple)[each] for each in _ALL}
