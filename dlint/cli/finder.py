"""Where a module of dlint is, told without a search.

Python asks each finder for a module, lists the folders of the path, and looks at every place where
the module might be. For the nearly two hundred modules of a small check that is 7 % of its time (21
of 303 million instructions, Python 3.11). Here a module is looked for where it must be: beside its
package, with what Python compiled of it. Where anything is not as expected (no such file, an
archive, a file that was compiled before the last edit), Python goes its own way.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader

TYPE_CHECKING = False  # as in typing, which is not loaded for it
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

OWN = ("dlint.", "dlint_rules.")
_BY_TIME = MAGIC_NUMBER + bytes(4)  # how a file begins that names the time and size of its source
_HEAD = len(_BY_TIME) + 8  # with both of them, four bytes each
_ALL = 0xFFFFFFFF


def install() -> None:
    """Let this process find dlint's modules so, unless compiled files are where others look."""
    if not (sys.flags.optimize or sys.pycache_prefix):
        sys.meta_path.insert(0, Finder)


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
    try:
        status = os.stat(source)  # noqa: PTH116  pathlib would be imported
    except OSError:
        return None
    cached = f"{folder}{os.sep}__pycache__{os.sep}{stem}.{sys.implementation.cache_tag}.pyc"
    spec = ModuleSpec(name, Loader(name, source, cached, status), origin=source)
    spec.submodule_search_locations = locations
    spec.cached = cached
    spec.has_location = True
    return spec


class Loader(SourceFileLoader):
    """Takes what Python compiled of a source, if that has not changed since."""

    def __init__(self, name: str, source: str, cached: str, status: os.stat_result) -> None:
        super().__init__(name, source)
        self._cached = cached
        self._status = status

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the module."""
        time, size = int(self._status.st_mtime) & _ALL, self._status.st_size & _ALL
        try:
            data = self.get_data(self._cached)
            if data.startswith(_BY_TIME + (time | size << 32).to_bytes(8, "little")):
                code: CodeType = marshal.loads(memoryview(data)[_HEAD:])  # noqa: S302  as Python does
                # the folder may have been moved since
                _imp._fix_co_filename(code, self.path)  # type: ignore[attr-defined]  # noqa: SLF001
                return code
        except (OSError, EOFError, TypeError, ValueError):
            pass
        return super().get_code(fullname)
