"""What typing has for type checkers, and a run needs to be there: `typing` itself is not loaded.

To load it is 4 % of a small check. So the modules of such a check say `TYPE_CHECKING = False`
themselves, which type checkers take for true as they do that of typing. What they use beyond
annotations, they import from here.
"""

from __future__ import annotations

__all__ = ["Generic", "Protocol", "TypeVar", "cast", "overload"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, Protocol, TypeVar, cast, overload
else:

    class Generic:
        """What a class is made of that takes types, or says which attributes others have."""

        def __class_getitem__(cls, _: object) -> type:
            """Return the class itself."""
            return cls

    Protocol = Generic

    def TypeVar(name: str, **_: object) -> str:  # noqa: N802  as in typing
        """Return the name of a type that is not known yet."""
        return name

    def cast(_: object, value: object) -> object:
        """Return a value, of which type checkers believe what is said."""
        return value

    def overload(function: object) -> object:
        """Return one of the ways in which a function is called."""
        return function
