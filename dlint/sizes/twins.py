"""The slim twins of full official images: what they save, and who needs the full one."""

from __future__ import annotations

import re

from dlint.errors import DlintError
from dlint.findings import Basis, Size
from dlint.project.purpose import is_for_development
from dlint.shell.managers import family, is_system_manager
from dlint.sizes.bases import DEBIAN, sizes_of
from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.uses import ImageUse
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Run

_RELEASE = "|".join(DEBIAN.values())
_TAG = regex(rf"(\d[\d.]*|latest|lts|stable|(?:{_RELEASE})(?:-\d{{8}})?)(?:-({_RELEASE}))?\Z")
# Where `slim` stands in a tag that names Debian's release, too.
_SLIM_LAST = frozenset(("debian", "node"))
# Debian's slim images lack documents, manuals (into whose folders some packages write) and
# translations.
_DOCUMENTS = regex(
    r"\bman\b|man-db|/usr/share/(?:doc|man|locale)|locales|-jre|-jdk|postgresql-client"
)
# What the full images have and the slim ones have not, by what starts it.
_TOOLS = regex(
    r"\b(?:git|curl|wget|hg|svn|make|gcc|g\+\+|cc|convert|magick|identify|ssh|mysql|psql|unzip|ps|python3?-config)\b"
)


# Eclipse Temurin's images hold a JDK unless their tag names a JRE; both stand on the same Ubuntu.
_JDK = regex(r"(\d+)(?:[._+][\w.+]*+)?(?:-jdk)?(-(?:focal|jammy|noble))?\Z")
_JRE = "eclipse-temurin"
_MAJORS = (8, 21)  # of Java: later JDKs are little larger than their JREs
_STARTS_JAVA = regex(r"\W{0,8}(?:exec )?(?:/[\w./-]{1,80}/)?java\b")
_JDK_TOOLS = regex(
    r"\b(?:javac|javap|jshell|jcmd|jmap|jstack|jstat|jps|jdb|jlink|jinfo|jdeps|jpackage|jconsole|jdwp"
    r"|jattach|arthas|profiler|mvnw?|gradlew?|sbt|ant|lein|groovy|kotlinc?|scala)\b"
)
# What a service of Compose starts, on one line or as a list.
_COMMAND = regex(
    r"^[ \t]*+(?:command|entrypoint):[^\n]*+(?:\n[ \t]*+-[ \t][^\n]*+)*+", re.MULTILINE
)
# A tag that begins with arguments, and what stands behind the last of them.
_WITH_ARGUMENTS = regex(r":([\w.-]*(?:\$\{\w+\}[.-]?|\$\w+[.-]?)+)([\w.-]*)\Z")
_DAY = regex(r"-\d{8}(?=-|\Z)")
_OLDEST = {"node": 16, "python": 3}  # whose sizes are about those of the table


class Twin(NamedTuple):
    """A slim image: its tag, and how much less it holds than the full one."""

    tag: str
    saves: Size


def slim_twin(use: ImageUse) -> Twin | None:
    """Return the slim twin of a full official image; None where the table tells no sizes."""
    reference = use.reference
    if reference is None or reference.digest or use.written.startswith("$"):
        return None
    if not reference.is_official:
        return None
    if reference.name == _JRE:
        return _without_compiler(reference.tag or "latest")
    tag = reference.tag or "latest"
    has_twin = reference.name in {"debian", "node", "python"} and "slim" not in tag
    found = _TAG.match(tag) if has_twin else None
    if found is None:
        return None
    version, release = found[1], found[2]
    is_last = reference.name in _SLIM_LAST
    parts = [version, release, "slim"] if is_last else [version, "slim", release]
    tag = "-".join(filter(None, parts)).removeprefix("latest-")
    full, slim = _size(reference.name, found[0], slim=False), _size(reference.name, tag, slim=True)
    if full is None or slim is None:
        return None
    return Twin(tag, Size(full - slim, Basis.GUESSED))


def written_like(use: ImageUse, tag: str) -> str:
    """Return a twin's tag with the arguments that the tag of a full image is written with, where
    these stand in front: without them nobody could build with another version.
    """
    reference = use.reference
    parts = _WITH_ARGUMENTS.search(use.written)
    if parts is None or reference is None or reference.tag is None:
        return tag
    value = reference.tag.removesuffix(parts[2])
    if not reference.tag.endswith(parts[2]) or not tag.startswith(value):
        return tag
    return parts[1] + tag.removeprefix(value)


def _without_compiler(tag: str) -> Twin | None:
    """Return the JRE of a JDK's tag; it saves an unknown size where the table has not both, or on
    different distributions.
    """
    found = _JDK.match(tag)
    major = number(found[1]) if found else None
    if found is None or major is None or not _MAJORS[0] <= major <= _MAJORS[1]:
        return None
    version = tag.removesuffix(found[2] or "").removesuffix("-jdk")
    known = sizes_of(_JRE)
    jdk, jre = known.get(f"{major}-jdk"), known.get(f"{major}-jre")
    saves = Size(jdk.bytes - jre.bytes, Basis.GUESSED) if jdk and jre else Size.unknown()
    return Twin(f"{version}-jre{found[2] or ''}", saves)


def _size(name: str, tag: str, *, slim: bool) -> int | None:
    """Return what an image weighs; for Node.js and Python the table may have a version nearby, and
    for a build of a day the release.
    """
    table = sizes_of(name)
    tag = _DAY.sub("", tag)
    if tag in table:
        return table[tag].bytes
    oldest = _OLDEST.get(name)
    version = tag.partition("-")[0].partition(".")[0]
    if oldest is None or ((major := number(version)) is not None and major < oldest):
        return None
    alike = [
        size.bytes
        for other, size in table.items()
        if ("slim" in other) is slim and _TAG.match(other.replace("-slim", ""))
    ]
    return None if not alike else (max(alike) if slim else min(alike))


def needs_full_base(build: Build, use: ImageUse) -> bool:
    """Tell whether a pushed image on top of a full base may need more than its slim twin holds."""
    if is_for_development(build.path) or any(map(_TOOLS.search, _told_by_recipes(build))):
        return True
    from dlint.reads.starts import started

    commands = list(started(build, use.stage))
    if use.reference is not None and use.reference.name == _JRE:
        return _needs_compiler(build, use.stage, commands)
    if use.reference is not None and use.reference.name == "debian":
        return not commands or _DOCUMENTS.search(build.dockerfile.source.text) is not None
    if not commands or any(map(_TOOLS.search, commands)):
        return True
    images = [each for each in build.stages_on(use.stage) if build.shipped(each)]
    if any(_does_more(build, image) for image in images):
        return True
    return not all(_is_ready_made(build, *each) for each in _installs(build))


def _needs_compiler(build: Build, stage: Stage, commands: Sequence[str]) -> bool:
    """Tell whether a pushed image may need more of a JDK than its JRE: it starts anything but
    `java`, or a step, or a recipe, may work with a tool of it.
    """
    if not commands or not all(map(_STARTS_JAVA.match, commands)):
        return True
    told = (*commands, *_told_by_recipes(build))
    images = [each for each in build.stages_on(stage) if build.shipped(each)]
    return any(map(_JDK_TOOLS.search, told)) or any(_may_compile(build, image) for image in images)


def _may_compile(build: Build, stage: Stage) -> bool:
    from dlint.shell.effects import Install, Unknown

    for run, effects in build.effects_in(build.chain(stage)):
        unknown = (each for each in effects.of(Unknown) if each.command.name != "java")
        installs = (each for each in effects.of(Install) if not is_system_manager(each.manager))
        if not effects.known or any(unknown) or any(installs):
            return True
        if _JDK_TOOLS.search(run.value.text):
            return True
    return False


def _told_by_recipes(build: Build) -> Iterator[str]:
    """Yield the commands that files of Compose which build this Dockerfile start, of whichever
    service.
    """
    recipes = build.recipes
    if recipes is None:
        return
    paths = {each.path for each in recipes.builds_of(build.path)}
    for path, text in recipes.texts:
        if path in paths:
            yield from (found[0] for found in _COMMAND.finditer(text))


def _does_more(build: Build, stage: Stage) -> bool:
    """Tell whether a RUN of the chain does something for which a tool of the base may be needed, or
    a health check of the image starts one.
    """
    from dlint.installs.toolchains import checks_of
    from dlint.shell.effects import Clone, Extract, Fetch, Unknown

    if any(map(_TOOLS.search, checks_of(build, stage))):
        return True
    for run, effects in build.effects_in(build.chain(stage)):
        if not effects.known or _TOOLS.search(run.value.text):
            return True
        if any(isinstance(each, Clone | Extract | Fetch | Unknown) for each in effects.items):
            return True
    return False


def _installs(build: Build) -> Iterator[tuple[Stage, Run, Install]]:
    """Yield the installs of languages' packages in all stages that are built: what one compiles may
    be copied into another.
    """
    from dlint.shell.effects import Install

    for stage in filter(build.live, build.stages):
        for run, install in build.effects_of(Install, build.steps(stage)):
            if not is_system_manager(install.manager):
                yield stage, run, install


def _is_ready_made(build: Build, stage: Stage, run: Run, install: Install) -> bool:
    """Tell whether what an install brings surely needs no library of the system: Python's packages
    that are wheels, Node's without a script that installs run.
    """
    if install.hidden:
        return install.manager in {"go", "dotnet", "maven", "gradle"}
    from dlint.sizes.installs import installed_bytes

    match family(install.manager):
        case "python":
            return not installed_bytes(build, stage, run, [install]).missing
        case "node":
            names = (each.form.rpartition("/")[2] for each in install.manifests)
            return "package-lock.json" in names and _has_no_scripts(build)
    return False


def _has_no_scripts(build: Build) -> bool:
    """Tell whether the lock files of npm in the context name no package that an install runs a
    script of.
    """
    locks = [
        path
        for path, entry in build.context.entries.items()
        if path.rpartition("/")[2] == "package-lock.json" and entry.kind == "file"
    ]
    try:
        texts = [build.context.read(path) for path in locks]
    except DlintError:
        return False
    # The field is there since npm 7, which writes `packages`.
    return bool(texts) and all(
        b'"packages"' in text and b'"hasInstallScript"' not in text for text in texts
    )
