"""What a RUN's installs fetch, and what they leave in its layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.layers.estimate import packed
from dlint.layers.needs import family
from dlint.layers.uses import image_uses
from dlint.layers.weights.catalogue import catalogue
from dlint.layers.weights.lists import lists, normal
from dlint.syntax import Run, Transfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.layers.build import Build, Step
    from dlint.layers.stages import Stage
    from dlint.shell import CacheLeft, Install
    from dlint.syntax import Instruction

# Bytes in a layer for a byte of a .deb: 160 of 163 MB unpack to what gzip at 6 makes 235 MB of (Debian 13).
PER_DEB = 1.44
# The index of Debian 13 (main, updates, security) after `apt-get update`, compressed.
APT_LISTS = 22_604_364
# Bytes in a layer for a byte of a wheel where pip adds byte code: 57 wheels of 101 MB made one of 135 MB (pip 23.2).
PER_WHEEL = 1.335
# A package on PyPI that the table does not have, without what it needs: the median of the 530 that were measured.
PYTHON_PACKAGE = 96_000
# npm 11: one named package and all that it needs, the median of nine popular ones (0.5 to 140 MB); and the mean of one
# package that a lock file names, without the two largest. A layer takes 1.007 of a tarball's bytes.
NODE_PACKAGE, NODE_LOCKED = 7_900_000, 70_000
# uv 0.13 links what it installs into its cache: what the cache adds, the mean of seven packages with what they need.
UV_CACHE = 795_000

# What buildpack-deps installs, and with it the images of languages that stand on it.
_BUILDPACK = """
autoconf automake bzip2 ca-certificates curl default-libmysqlclient-dev dpkg-dev file g++ gcc git gnupg imagemagick
libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev
libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses5-dev
libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev
libxslt-dev libyaml-dev make mercurial netbase openssh-client patch procps sq subversion tzdata unzip wget xz-utils
zlib1g-dev
"""
BUILDPACK = tuple(_BUILDPACK.split())
_ON_BUILDPACK = frozenset(
    ("buildpack-deps", "elixir", "erlang", "gcc", "golang", "node", "perl", "pypy", "python", "ruby", "rust")
)


def layer_bytes(build: Build, stage: Stage, instruction: Instruction) -> int | None:
    """Return about how many compressed bytes the layer of a RUN or COPY takes up; None where nothing tells.

    A RUN's are what it installs and the caches that it leaves; whatever else it does is not counted.
    """
    if isinstance(instruction, Transfer):
        selection = build.selection(instruction)
        return packed(selection) if selection and not selection.failures else None
    if not isinstance(instruction, Run):
        return None
    effects = build.effects(instruction)
    from dlint.shell import CacheLeft, Install

    known = [installed_bytes(build, stage, instruction, effects.of(Install))]
    known += [cache_bytes(build, stage, instruction, each) for each in effects.of(CacheLeft)]
    return sum(filter(None, known)) or None


def run_bytes(build: Build, stage: Stage, run: Run) -> int | None:
    """Return about how many compressed bytes the whole layer of a RUN takes up; None where it does more than install.

    It may set up single files besides; a download, a script or a build is of a size that nothing tells.
    """
    from dlint.shell import Clone, Create, Extract, Fetch, Install, Unknown

    effects = build.effects(run)
    installs = effects.of(Install)
    more = any(
        isinstance(each, Clone | Extract | Fetch | Unknown) or (isinstance(each, Create) and each.tree)
        for each in effects.items
    )
    if not installs or more or not effects.known:
        return None
    by_manager = {each.manager: [other for other in installs if other.manager == each.manager] for each in installs}
    if any(installed_bytes(build, stage, run, each) is None for each in by_manager.values()):
        return None
    return layer_bytes(build, stage, run)


def layers_bytes(build: Build, stage: Stage, instructions: Iterable[Instruction]) -> int | None:
    """Return what several layers of `stage` take up together, those that are known; None where none is."""
    return sum(filter(None, (layer_bytes(build, stage, each) for each in instructions))) or None


def installed_bytes(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes `installs`, commands of `run`, add to its layer; None where nothing tells."""
    wanted = [each for each in installs if not each.hidden]
    debian = _debian(build, stage, run, [each for each in wanted if each.manager == "apt"])
    python = _python(build, [each for each in wanted if family(each.manager) == "python"])
    compiles = PER_WHEEL if any(each.manager == "pip" for each in wanted) else 1
    node = _node(build, [each for each in wanted if family(each.manager) == "node"])
    return round(debian * PER_DEB + python * compiles + node) or None


def fetched_bytes(build: Build, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes `installs` of a language's packages download; None where nothing tells."""
    python = _python(build, [each for each in installs if family(each.manager) == "python"])
    return python + _node(build, [each for each in installs if family(each.manager) == "node"]) or None


def development_bytes(build: Build, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes packages add that npm's lock file names for development alone; None without one."""
    told = [each.development for each in lists(build, installs) if each.development is not None]
    return sum(told) * NODE_LOCKED if told else None


def cache_bytes(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> int | None:
    """Return about how many bytes the cache that a RUN leaves adds to its layer; None where nothing tells."""
    from dlint.shell import CacheLeft, Install

    if cache.manager == "apt" and cache.kind == "index":
        above = (build.effects(each, step.state) for step, each in _runs_above(build, stage, run))
        left = (each.manager == "apt" for effects in above for each in effects.of(CacheLeft))
        return None if any(left) else APT_LISTS  # most of the lists are there already
    if cache.manager == "uv":
        return None if build.state(run).values.get("UV_LINK_MODE") == "copy" else UV_CACHE
    if cache.manager in {"pip", "npm"}:
        return fetched_bytes(build, [each for each in build.effects(run).of(Install) if each.manager == cache.manager])
    return None


def _runs_above(build: Build, stage: Stage, run: Run) -> Iterator[tuple[Step, Run]]:
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, Run):
            yield step, step.instruction


def _debian(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> int:
    """Return the bytes of the .debs that the installs fetch, by Debian's table."""
    names = _named(installs)
    if not names:
        return 0
    from dlint.shell import Install

    there = set(BUILDPACK if _stands_on_buildpack(build, stage) else ())
    for step, above in _runs_above(build, stage, run):
        there |= _named(each for each in build.effects(above, step.state).of(Install) if each.manager == "apt")
    return catalogue("debian").kilobytes(names, there) * 1000


def _named(installs: Iterable[Install]) -> set[str]:
    return {package.name for each in installs for package in each.packages if package.kind == "index"}


def _stands_on_buildpack(build: Build, stage: Stage) -> bool:
    """Tell whether a stage's outermost base is an official image of a language that brings compilers along."""
    outermost = list(stage.ancestors())[-1]
    for use in build.fact(image_uses):
        if use.stage is outermost and use.how == "from" and use.reference is not None:
            tag = use.reference.tag or ""
            whole = not any(word in tag for word in ("slim", "alpine", "curl", "windows", "nanoserver"))
            return use.reference.account == "library" and use.reference.name in _ON_BUILDPACK and whole
    return False


def _python(build: Build, installs: Sequence[Install]) -> int:
    """Return the bytes of the wheels that the installs fetch."""
    names = {normal(name) for name in _named(installs)}.union(*(each.names for each in lists(build, installs)))
    known = catalogue("pypi")
    return known.kilobytes(names) * 1000 + sum(name not in known for name in names) * PYTHON_PACKAGE


def _node(build: Build, installs: Sequence[Install]) -> int:
    """Return the bytes of the tarballs that the installs fetch; npm's lock file alone says what is for development."""
    if named := _named(installs):
        return len(named) * NODE_PACKAGE
    production = any(each.dev is False for each in installs)
    told = [each for each in lists(build, installs) if not production or each.development is not None]
    return sum(each.packages - (each.development or 0) * production for each in told) * NODE_LOCKED
