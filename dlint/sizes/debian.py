"""What apt brings to a layer: packages, all that they need, and what these recommend."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.facts.uses import image_uses
from dlint.findings import Basis, Size
from dlint.sizes.catalogue import catalogue
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects, Install

# Bytes in a layer for a byte of a .deb: 160 of 163 MB unpack to what gzip at 6 makes 235 MB of
# (Debian 13). In slim images dpkg leaves out manuals, documents and translations: six layers of 4
# to 106 MB took 0.91 of it (Docker 26.1.5).
PER_DEB, PER_DEB_SLIM = 1.44, 1.31
# The layer of `apt-get update` with the settings that Debian's images bring (Debian 13: main,
# updates, security).
APT_LISTS = 16_814_000

# What buildpack-deps installs (`curl`, and on top of it `scm`, and on top of that the whole), and
# PHP's images.
_CURL = "ca-certificates curl gnupg netbase sq tzdata wget"
_SCM = f"{_CURL} git mercurial openssh-client procps subversion"
_WHOLE = f"""{_SCM}
autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev
libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev
liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev
libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt-dev libyaml-dev make patch unzip
xz-utils zlib1g-dev
"""  # noqa: E501  its lines are shown as they are
BUILDPACK = tuple(_WHOLE.split())
_PHP = "autoconf ca-certificates curl dpkg-dev file g++ gcc libc6-dev make pkg-config re2c xz-utils"
# The official images that stand on them; a tag may name less (`jre`: as much as `curl`), or another
# system.
_BASES = {
    **dict.fromkeys(
        "buildpack-deps elixir erlang gcc node perl pypy python ruby rust".split(), BUILDPACK
    ),
    "golang": (*_SCM.split(), "g++", "gcc", "libc6-dev", "make", "pkg-config"),
    **dict.fromkeys(("java", "openjdk"), tuple(_SCM.split())),
    "php": tuple(_PHP.split()),
}
_LESSER = {"scm": tuple(_SCM.split()), "curl": tuple(_CURL.split()), "jre": tuple(_CURL.split())}
_OTHERS = ("slim", "alpine", "oracle", "windows", "nanoserver")
# Who publishes a package of his own under a distribution's name: it recommends nothing.
_PUBLISHERS = {"nodejs": "nodesource"}
_TAKES_NEEDS = regex(r"auto-?(?:remove|purge)\Z|--auto-?remove\Z")


def debian_bytes(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
    """Return about how many bytes a layer takes up of what apt's `installs`, commands of `run`,
    install; at least what is known of it where the table lacks a package.
    """
    if not installs:
        return Size()
    table, there = catalogue("debian"), _there(build, stage, run)
    removed = _removed(run, build.effects(run))
    if removed is None:
        return Size.unknown("what is removed again of the installed packages")
    kept = removed.kept(installs) if removed.with_needs else installs
    brought = _brought(build, kept, there) - removed.names
    names = named(kept) - removed.names
    missing = [*sorted(name for name in names if name not in table), *_not_by_name(kept)]
    size = round(table.weight(brought) * 1000 * _per_deb(build, stage))
    basis = Basis.UNKNOWN if missing and not size else Basis.GUESSED
    return Size(size, basis, tuple(missing))


def _not_by_name(installs: Iterable[Install]) -> Iterator[str]:
    """Say what installs bring that they do not name, or that no index has."""
    for install in installs:
        yield from (package.name for package in install.packages if package.kind != "index")
        if not install.packages:
            yield "upgraded packages" if install.upgrade else "packages that a variable names"


class _Removed(NamedTuple):
    """What a RUN uninstalls of its installs; `with_needs`: and all that only those need."""

    names: frozenset[str] = frozenset()
    with_needs: bool = False

    def kept(self, installs: Iterable[Install]) -> list[Install]:
        """Return installs without the packages that are removed."""
        left = (
            each._replace(packages=tuple(p for p in each.packages if p.name not in self.names))
            for each in installs
        )
        return [each for each in left if each.packages]


def _removed(run: Run, effects: Effects) -> _Removed | None:
    """Return what apt uninstalls in a RUN; None where that is not told.

    `apt-mark auto` lets it take packages that were asked for by name.
    """
    from dlint.shell import Remove

    removals = [each for each in effects.of(Remove) if each.manager == "apt"]
    if removals and "apt-mark" in run.value.text:
        return None
    names = frozenset(package.name for each in removals for package in each.packages)
    words = [word.form for each in removals for word in each.command.args]
    return _Removed(names, with_needs=any(_TAKES_NEEDS.match(word) for word in words))


def recommended_bytes(
    build: Build, stage: Stage, run: Run, names: Collection[str], besides: Iterable[Install] = ()
) -> Size:
    """Return about how many bytes of a layer are what apt's packages of these names recommend.

    Nothing where they recommend nothing, or all of it is there: from above, or from the installs
    `besides` of the same RUN. For a package that is there already, apt installs nothing. What
    packages recommend that the table does not know is unknown.
    """
    table = catalogue("debian")
    above = {name for effects in effects_above(build, stage, run) for name in named(_apt(effects))}
    there = _there(build, stage, run) | _brought(build, besides)
    foreign = {
        name for name, publisher in _PUBLISHERS.items() if publisher in build.dockerfile.source.text
    }
    new = set(names) - above - there - foreign
    more = table.closure(new, recommended=True, there=there) - table.closure(names)
    size = round(table.weight(more) * 1000 * _per_deb(build, stage))
    missing = tuple(f"what {name} recommends" for name in sorted(new) if name not in table)
    return Size(size, Basis.GUESSED if size or not missing else Basis.UNKNOWN, missing)


def takes_recommended(build: Build, install: Install) -> bool:
    """Tell whether nothing keeps apt from installing what packages recommend; an unknown word may
    be a flag.
    """
    words = [word.form for word in install.command.args]
    unknown = any(word.text is None and word.form.startswith("$") for word in install.command.args)
    told = (
        unknown
        or any("ecommends" in word for word in words)
        or "Install-Recommends" in build.dockerfile.source.text
    )
    return "install" in words and not told


def effects_above(build: Build, stage: Stage, run: Run) -> Iterator[Effects]:
    """Yield the effects of the RUNs that a RUN of a stage stands on."""
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, Run):
            yield build.effects(step.instruction, step.state)


def _there(build: Build, stage: Stage, run: Run) -> set[str]:
    """Return the packages of the table that the RUNs above have installed, or the base brings
    along.
    """
    found = catalogue("debian").closure(base_packages(build, stage))
    for effects in effects_above(build, stage, run):
        found |= _brought(build, _apt(effects), found)
    return found


def _brought(
    build: Build, installs: Iterable[Install], there: Collection[str] = frozenset()
) -> set[str]:
    """Return the packages of the table that apt's installs bring to those that are there."""
    table = catalogue("debian")
    closures = (
        table.closure(named([each]), recommended=takes_recommended(build, each), there=there)
        for each in installs
    )
    return set().union(*closures)


def _apt(effects: Effects) -> list[Install]:
    from dlint.shell import Install

    return [each for each in effects.of(Install) if each.manager == "apt"]


def named(installs: Iterable[Install]) -> set[str]:
    """Return the names of packages that installs fetch from an index."""
    return {
        package.name for each in installs for package in each.packages if package.kind == "index"
    }


def _per_deb(build: Build, stage: Stage) -> float:
    base = _outermost(build, stage)
    return PER_DEB_SLIM if base and "slim" in (base.tag or "") else PER_DEB


def base_packages(build: Build, stage: Stage) -> tuple[str, ...]:
    """Return what the official image has installed that a stage stands on, if that is one of the
    rich ones.
    """
    base = _outermost(build, stage)
    tag = base.tag or "" if base else ""
    if (
        base is None
        or base.account != "library"
        or base.name not in _BASES
        or any(word in tag for word in _OTHERS)
    ):
        return ()
    return next((packages for word, packages in _LESSER.items() if word in tag), _BASES[base.name])


def _outermost(build: Build, stage: Stage) -> Reference | None:
    """Return the image that a stage stands on in the end; None where nothing tells."""
    outermost = stage.outermost
    uses = (use for use in build.fact(image_uses) if use.stage is outermost and use.how == "from")
    return next((use.reference for use in uses), None)
