"""Faces of packages: names that are loaded when they are first used, as their stub lists them.

A package whose `__init__.py` says `__getattr__, __dir__ = face(__name__, __file__)` has what the
`from MODULE import NAME as NAME` lines of `__init__.pyi` beside it name; type checkers read the
same lines.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which is not loaded for it
if TYPE_CHECKING:
    from collections.abc import Callable


def face(package: str, file: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package, which is given as it calls itself and its
    own file.
    """
    homes: dict[str, str] = {}

    def look_up(name: str) -> object:
        if not homes:
            homes.update(_read_homes(f"{file}i"))
        if name == "__all__":
            return sorted(homes)
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module
        from sys import modules

        home = homes[name]
        found: object = (
            import_module(f"{home}.{name}")
            if home == package
            else getattr(import_module(home), name)
        )
        setattr(modules[package], name, found)
        return found

    def names() -> list[str]:
        from sys import modules

        return sorted({*vars(modules[package]), *look_up("__all__")})  # type: ignore[misc]  # a list of names

    return look_up, names


class later:  # noqa: N801  called as a function
    """A module that is loaded when something of it is first used.

    A module that needs another now and then says `name = later("package.name")` where type checkers
    read `from package import name`.
    """

    def __init__(self, module: str) -> None:
        """Load nothing yet."""
        self._module = module

    def __getattr__(self, name: str) -> object:
        from importlib import import_module

        found: object = getattr(import_module(self._module), name)
        setattr(self, name, found)
        return found


def _read_homes(stub: str) -> dict[str, str]:
    """Return the module of each name in a stub."""
    homes: dict[str, str] = {}
    module = ""
    with open(stub, encoding="utf-8") as lines:  # noqa: PTH123  pathlib would be imported
        for line in lines:
            words = line.replace("(", " ").replace(")", " ").replace(",", " ").split()
            if words[:1] == ["from"]:
                module, words = words[1], words[3:]
            elif not line.startswith("    "):
                continue
            homes.update(dict.fromkeys(words, module))
    homes.pop("as", None)
    return homes
