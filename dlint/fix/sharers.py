"""Which other Dockerfiles read an ignore file, so that a change of it changes what they copy,
too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.project.purpose import is_dockerfile
from dlint.project.recipes import recipes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.config.settings import Configs


def sharers(configs: Configs, own: Path, root: Path) -> Iterator[Path]:
    """Yield the repository's Dockerfiles besides `own` that are built in the context `root` and by
    its ignore file.

    Outside any repository, those that lie beside `own` or in the context itself.
    """
    recipes = recipes_around(root.resolve())
    places = {
        path
        for folder in {root, own.parent}
        for path in folder.iterdir()
        if is_dockerfile(path.name)
    }
    places |= {recipes.root / name for name in recipes.dockerfiles}
    seen = {own.resolve()}
    for place in sorted({Path(os.path.relpath(each)) for each in places}):
        if (
            place.resolve() in seen
            or not place.is_file()
            or place.with_name(place.name + NAME).exists()
        ):
            continue
        seen.add(place.resolve())
        if configs.for_path(place).context_of(place).resolve() == root.resolve():
            yield place
