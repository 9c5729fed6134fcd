"""Where a module of dlint is, told without a search.

Python asks each finder for a module, lists the folders of the path, and looks at every place where
the module might be. For the nearly two hundred modules of a small check that is 5 % of its time (13
of 288 million instructions, Python 3.11). Here a module is looked for where it must be: beside its
package. Python's own loader reads it, and what was compiled of it. Where the file is not there (an
archive, say), Python goes its own way.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType

TYPE_CHECKING = False  # as in typing, which is not loaded for it
if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = ("dlint.", "dlint_rules.")
# Where Python keeps what it compiled, as modules tell in `__cached__`: else that is worked out for
# each of them a second time. None where it is elsewhere.
_CACHED = (
    f"__pycache__{os.sep}{{}}.{sys.implementation.cache_tag}.pyc"
    if sys.pycache_prefix is None and not sys.flags.optimize
    else None
)


def install() -> None:
    """Let this process find dlint's modules so."""
    sys.meta_path.insert(0, Finder)


def load_pathlib() -> None:
    """Load `pathlib` without `urllib.parse`, which Python 3.11 and 3.12 load with it for
    `Path.as_uri` alone: 4 % of a small check. Where it wants more, it is loaded as ever.
    """
    if "pathlib" in sys.modules or "urllib.parse" in sys.modules:
        return
    stand_in = ModuleType("urllib.parse")
    vars(stand_in)["quote_from_bytes"] = _quote_from_bytes
    sys.modules["urllib.parse"] = stand_in
    try:
        import_module("pathlib")
    except ImportError:
        pass
    finally:
        del sys.modules["urllib.parse"]


def _quote_from_bytes(text: bytes, safe: str | bytes = "/") -> str:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(text, safe)


class Finder:
    """Finds modules and packages in the folder of the package that they belong to."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """Return where a module is; None where that takes a search."""
        del target  # the module, where one is loaded again
        if not path or not name.startswith(OWN):
            return None
        folder, last = path[0], name.rpartition(".")[2]
        inside = f"{folder}{os.sep}{last}"
        return _spec(name, folder, last) or _spec(name, inside, "__init__", [inside])


def _spec(
    name: str, folder: str, stem: str, locations: list[str] | None = None
) -> ModuleSpec | None:
    source = f"{folder}{os.sep}{stem}.py"
    if not os.path.isfile(source):  # noqa: PTH113  pathlib would be imported
        return None
    spec = ModuleSpec(name, SourceFileLoader(name, source), origin=source)
    spec.submodule_search_locations = locations
    spec.has_location = True
    if _CACHED is not None:
        spec.cached = f"{folder}{os.sep}{_CACHED.format(stem)}"
    return spec
