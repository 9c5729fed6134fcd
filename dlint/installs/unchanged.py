"""Whether an install reads its manifest as the build context holds it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.reads.arrivals import arrivals
from dlint.reads.context_files import places_matching
from dlint.reads.needs import lock_names, manifests_of
from dlint.reads.remade import remade

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.shell import Install, Place, Rewrite
    from dlint.syntax import Run

_OF_METADATA = frozenset(("chmod", "chown", "chgrp", "setfacl", "touch"))


def reads_unchanged(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a manifest that `install`, a command of `run`, reads came from the context, and
    no command generates or edits one; True where the context is not at hand.

    One that a build step generates (`npm run build` writes `dist/package.json`) may ask for other
    packages than the context's lock file holds, and for none of development.
    """
    step = build.step_of(run)
    if step is None or build.fact(arrivals).doubtful:
        return True
    locks = lock_names(install.manager)
    read = [each for each in install.manifests if posixpath.basename(each.form) not in locks]
    since = remade(build, step, install)
    edited = {each.place.form for each in _rewritten(build, step, run, install)}
    places = since.applied(build.fact(placed).before(step))
    renamed = {target for source, target in since.copies if source not in places}
    if _are_among(read, since.made | edited | renamed):
        return False
    return bool(manifests_of(install._replace(manifests=tuple(read)), places))


def _are_among(manifests: Sequence[Place], places: Collection[str]) -> bool:
    """Tell whether one of some manifests, which may be patterns, stands at one of some places: a
    pattern for all files of a folder is of settings.
    """
    forms = [each.form for each in manifests if not each.form.endswith("*")]
    return bool(places_matching({each: each for each in places}, forms))


def _rewritten(build: Build, step: Step, run: Run, install: Install) -> Iterator[Rewrite]:
    """Yield what RUNs above an install, and its own before it, write anew of files' contents."""
    from dlint.shell.effects import Rewrite

    above = (each for _, each in build.effects_above(Rewrite, step.stage, run))
    own = build.effects(run, step.state).of(Rewrite)
    before = (each for each in own if each.span.start < install.span.start)
    yield from (each for each in (*above, *before) if each.how not in _OF_METADATA)
