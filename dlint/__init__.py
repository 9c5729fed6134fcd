"""dlint: the linter that knows what a Dockerfile costs to push.

The public API, all that a rule or a plugin may import, is listed in `__init__.pyi`, which type
checkers read. So does this module: a name is loaded when it is first used, be it of a function, a
class or a namespace.

Nothing at all is imported here: `python -m dlint` runs this with the working directory first on
`sys.path`, where a `typing.py` of the repository that is being checked would be taken for Python's.
"""

__version__ = "0.1.0"


def _read_homes() -> dict[str, str]:
    """Return the module of each public name, from the `from MODULE import NAME as NAME` lines of
    the stub.
    """
    homes: dict[str, str] = {}
    module = ""
    with open(f"{__file__}i", encoding="utf-8") as stub:  # noqa: PTH123  pathlib would be imported
        for line in stub:
            words = line.replace("(", " ").replace(")", " ").replace(",", " ").split()
            if words[:1] == ["from"]:
                module, words = words[1], words[3:]
            elif not line.startswith("    "):
                continue
            homes |= dict.fromkeys((word for word in words if word != "as"), module)
    return homes


def __getattr__(name: str) -> object:
    """Load a public name, or list them all."""
    homes = globals().get("_homes") or globals().setdefault("_homes", _read_homes())
    if name == "__all__":
        return sorted(homes)
    if name not in homes:
        raise AttributeError(f"module 'dlint' has no attribute {name!r}")
    from importlib import import_module

    home = homes[name]
    found: object = (
        import_module(f"{home}.{name}") if home == __name__ else getattr(import_module(home), name)
    )
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
