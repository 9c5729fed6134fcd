"""dlint: the linter that knows what a Dockerfile costs to push.

The public API, all that a rule or a plugin may import, is listed in `__init__.pyi`, which type
checkers read. So does this module: a name is loaded when it is first used, be it of a function, a
class or a namespace.

Nothing at all is imported here: `python -m dlint` runs this with the working directory first on
`sys.path`, where a `typing.py` of the repository that is being checked would be taken for Python's.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load a public name, or list them all."""
    return _face()[0](name)


def __dir__() -> list[str]:
    return _face()[1]()


def _face():  # type: ignore[no-untyped-def]  # noqa: ANN202  the stub beside speaks for this module
    from dlint.faces import face

    return globals().get("_faces") or globals().setdefault("_faces", face(__name__, __file__))
