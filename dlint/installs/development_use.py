"""Whether a project works with its dependencies for development where it is installed or started:
its sources, its start, and the scripts that its manager runs.
"""

from __future__ import annotations

import json
import posixpath
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from dlint.installs.node_programs import programs_of, started_by_manager
from dlint.installs.node_settings import settings_loaded
from dlint.manifests.kinds import MAIN
from dlint.manifests.loading import strings, table, tables
from dlint.manifests.requirements import canonical
from dlint.reads.context_files import Reader, commands_in, json_in
from dlint.reads.scripts import paths
from dlint.reads.starts import started, starting_scripts
from dlint.shell.managers import family
from dlint.syntax import Env
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Instruction, Run

# What no image for production loads: tests, their data, documents, and settings of tools.
_APART = regex(
    r"(?i)(?:\A|/)(?:(?:tests?|specs?|vendor|node_modules|factories|examples?|docs?)/"
    r"|(?:\.[^/]{1,200}|ecs|insights|rector|scoper\.inc)\.php\Z)"
)
_COMMENT = regex(r"\s*(?://|#(?!\[)|\*|/\*)")
# A bundle of Symfony's that is there in other environments alone.
_FOR_DEVELOPMENT = regex(r"=>\s*\[(?=[^\]]*'(?:dev|test)')(?![^\]]*'(?:all|prod)')")
_STARTS_PROJECT = regex(r"\bartisan\b|\bbin/console\b|@auto-scripts\b|\bvendor/bin/")
_HIDDEN_SCRIPT = regex(r"\$\{?\w{1,80}\}?[\w./-]{0,200}\.(?:a|ba|z)?sh\b")
_SHELL_COMMENT = regex(r"(?m)^[ \t]{0,80}#[^\n]*")
# A program where a command begins, also as a module of Python or by way of a manager.
_CALLED = regex(
    r"(?m)(?:^|[;&|(\[]|\b(?:exec|then|do|else|sudo|run)\b|(?<![\w-])-m\b)[ \t\"',]{0,9}"
    r"(?!(?:exec|then|do|else|sudo|run)\b)(?:[\w.-]{0,99}/){0,9}([\w.-]+)"
)
_WORD = regex(r"[^\s\"'=\[\],;&|()]+")
_LOADED = regex(rb"(?:\brequire\s*\(|\bimport\s*\(|\bfrom\b|\bimport\b)\s*[\"']([^\"'\n]+)[\"']")
# A program of the project's packages, by its path.
_PROGRAM = regex(r"\bnode_modules/\.bin/([\w@.-]+)")
# What Composer runs of the project itself when it installs.
_OF_COMPOSER = (
    *("pre-install-cmd", "post-install-cmd", "pre-autoload-dump", "post-autoload-dump"),
    "auto-scripts",
)
_HARMLESS = regex(r"\s*(?:npx\s+(?:-y\s+|--yes\s+)?only-allow\s+\w+|echo\b[^&|;]*|exit 0|true)?\s*")
_SKIPS = frozenset(("--ignore-scripts", "--no-scripts"))


def manifests_of(build: Build, run: Run, install: Install, name: str) -> Iterator[str]:
    """Yield the context's files of that name that an install reads as its project's."""
    from dlint.facts.placed import placed

    step = build.step_of(run)
    if step is None:
        return
    places = build.fact(placed).before(step)
    for manifest in install.manifests:
        place = manifest.rooted
        if place is not None and place in places and place.rpartition("/")[2] == name:
            yield places[place]


def is_loaded(build: Build, run: Run, brings: Instruction, install: Install) -> bool:
    """Tell whether the project's sources, or what the image of `brings` starts, name a dependency
    for development, without which that fails, or may: nobody knows what a script is that a variable
    names.
    """
    stage = build.stage_of(brings)
    if stage is not None and _starts_hidden(build, stage):
        return True
    if install.manager == "composer":
        locks = manifests_of(build, run, install, "composer.lock")
        return any(_is_named_in_php(build, run, each) for each in locks)
    if family(install.manager) == "python":
        return _is_group_called(build, run, brings, install)
    return _is_program_started(build, run, brings, install)


def _starts_hidden(build: Build, stage: Stage) -> bool:
    """Tell whether the images on top of a stage start a script that a variable names, and none of
    the context can be meant.
    """
    named = (name for text in started(build, stage) for name in _HIDDEN_SCRIPT.findall(text))
    return not all(paths(build, posixpath.basename(name)) for name in named)


def _is_program_started(build: Build, run: Run, brings: Instruction, install: Install) -> bool:
    """Tell whether what the image of `brings` starts names a package of Node's for development, or
    a program of one.
    """
    manifests = _of_workspace(build, run, [*manifests_of(build, run, install, "package.json")])
    names = _only_for_development([json_in(build.context, each) for each in manifests])
    if not names:
        return False
    commands = (commands_in(build.context, each).items() for each in manifests)
    scripts = {name: text for each in commands for name, text in each}
    programs = {program for name in names for program in programs_of(name)}
    found = _started_packages(build, brings), _started_programs(build, brings, scripts)
    return not programs.isdisjoint(chain(*found))


def _of_workspace(build: Build, run: Run, manifests: Sequence[str]) -> Sequence[str]:
    """Return manifests with those of the members, where one is of a workspace: any that is there
    may be a member.
    """
    from dlint.facts.placed import placed

    step = build.step_of(run)
    folders = [posixpath.dirname(each) for each in manifests]
    is_one = any("workspaces" in json_in(build.context, each) for each in manifests) or any(
        posixpath.join(each, "pnpm-workspace.yaml") in build.context.entries for each in folders
    )
    if step is None or not is_one:
        return manifests
    there = build.fact(placed).before(step).values()
    return list(dict.fromkeys(each for each in there if posixpath.basename(each) == "package.json"))


def _started_programs(
    build: Build, brings: Instruction, scripts: Mapping[str, str]
) -> Iterator[str]:
    """Yield what may be programs of Node's packages that the image of `brings`, or the script that
    it starts, has the project's manager start.
    """
    stage = build.stage_of(brings)
    if stage is not None:
        yield from started_by_manager(_started_texts(build, stage), scripts)


def _is_group_called(build: Build, run: Run, brings: Instruction, install: Install) -> bool:
    """Tell whether the image of `brings`, or the script that it starts, calls a program with the
    name of a package that a pyproject.toml has in groups alone.
    """
    reader, stage = Reader(build.context), build.stage_of(brings)
    told = [reader.manifest(each) for each in manifests_of(build, run, install, "pyproject.toml")]
    own = {need.name for each in told for need in each.groups.get(MAIN, ())}
    named = {need.name for each in told for needs in each.groups.values() for need in needs}
    if stage is None or named <= own:
        return False
    called = (name for text in _started_texts(build, stage) for name in _CALLED.findall(text))
    return not (named - own).isdisjoint(map(canonical, called))


def _started_texts(build: Build, stage: Stage) -> Iterator[str]:
    """Yield what an image starts, and the scripts among it, without their comments."""
    yield from started(build, stage)
    for script in starting_scripts(build, stage):
        yield _SHELL_COMMENT.sub("", script.decode("utf-8", "replace"))


def _started_packages(build: Build, brings: Instruction) -> Iterator[str]:
    """Yield what may be packages of Node of what the image of `brings` starts: words of its command
    and of Node's options, and what the script loads that it starts.
    """
    stage = build.stage_of(brings)
    if stage is None:
        return
    variables = (each.value.text for each in build.dockerfile.instructions if isinstance(each, Env))
    options = (text for text in variables if "NODE_OPTIONS" in text)
    for text in (*started(build, stage), *options):
        yield from map(_package, _WORD.findall(text))
    commands = [*_started_texts(build, stage)]
    for text in commands:
        yield from _PROGRAM.findall(text)
    loading = (*starting_scripts(build, stage), *settings_loaded(build, commands))
    for name in (each for script in loading for each in _LOADED.findall(script)):
        yield _package(name.decode("utf-8", "replace"))


def scripts_with_development(build: Build, run: Run, install: Install) -> list[str]:
    """Return the scripts of the project that the manager runs when it installs and that may need
    what is for development.
    """
    from dlint.shell.managers.node_family import lifecycle

    if not _SKIPS.isdisjoint(install.command.forms):
        return []
    if install.manager == "composer":
        found = manifests_of(build, run, install, "composer.json")
        needing = (each for each in found if _is_started_by_composer(build, each))
        scripts = {name for each in needing for name in _scripts(build, each)}
        return [name for name in _OF_COMPOSER if name in scripts]
    found = manifests_of(build, run, install, "package.json")
    told = [commands_in(build.context, each) for each in found]
    return [
        name
        for name in lifecycle(install.manager)
        if not all(_HARMLESS.fullmatch(each.get(name, "")) for each in told)
    ]


def _scripts(build: Build, manifest: str) -> Mapping[str, Any]:
    """Return the scripts of a composer.json, each a command or a list of some."""
    return table(json_in(build.context, manifest), "scripts")


def _only_for_development(told: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the packages of some package.json that nothing else asks for."""
    kinds = ("dependencies", "optionalDependencies")
    kept = {name for each in told for kind in kinds for name in table(each, kind)}
    return {name for each in told for name in table(each, "devDependencies")} - kept


def _package(word: str) -> str:
    """Return the package that a word names, or a file in it (`dotenv/config`)."""
    parts = word.split("/")
    return "/".join(parts[: 2 if word.startswith("@") else 1])


def _is_named_in_php(build: Build, run: Run, lock: str) -> bool:
    """Tell whether a source beside a lock file names a namespace of a development package."""
    mode = build.state(run).values.get("APP_ENV", "")
    is_for_production = "prod" in f"{mode} {run.value.text}"
    # each of many installs asks, and all sources are read
    return build.keep(
        (_is_named_in_php, lock, is_for_production),
        lambda: _names_any(build, lock, for_production=is_for_production),
    )


def _names_any(build: Build, lock: str, *, for_production: bool) -> bool:
    """Tell whether one does; `for_production`: what is there in other environments is not."""
    spaces = _for_development(build, lock)
    if not spaces:
        return False
    named = re.compile(rf"(?<![\w])(?<!\w\\)(?:{'|'.join(map(re.escape, sorted(spaces)))})")
    return any(
        named.search(line)
        for text in _sources(build, posixpath.dirname(lock))
        for line in text.splitlines()
        if not _COMMENT.match(line) and not (for_production and _FOR_DEVELOPMENT.search(line))
    )


def _sources(build: Build, folder: str) -> Iterator[str]:
    """Yield the texts of PHP's files of a folder, but for tests."""
    start, reader = f"{folder}/" if folder else "", Reader(build.context)
    for path, entry in build.context.entries.items():
        is_source = path.endswith(".php") and path.startswith(start) and entry.kind == "file"
        if is_source and not _APART.search(path[len(start) :]):
            yield reader.text(path) or ""


def _for_development(build: Build, lock: str) -> set[str]:
    """Return the namespaces that development packages of a lock file alone have: neither others nor
    the project.
    """
    told = json_in(build.context, lock)
    project = json_in(build.context, posixpath.join(posixpath.dirname(lock), "composer.json"))
    others = [*tables(told.get("packages")), project]
    return _namespaces(tables(told.get("packages-dev"))) - _namespaces(others)


def _namespaces(packages: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the namespaces that packages of Composer load classes of."""
    loads = [table(each, "autoload") for each in packages]
    kinds = ("psr-4", "psr-0")
    return {name for each in loads for kind in kinds for name in table(each, kind) if "\\" in name}


def _is_started_by_composer(build: Build, manifest: str) -> bool:
    """Tell whether Composer's own run calls programs of packages, or the application where no lock
    file tells what that loads, or names a class of a development package.
    """
    lock = posixpath.join(posixpath.dirname(manifest), "composer.lock")
    scripts = _scripts(build, manifest)
    text = json.dumps([scripts.get(each) for each in _OF_COMPOSER]).replace("\\\\", "\\")
    told = json_in(build.context, lock)
    if not told:
        return _STARTS_PROJECT.search(text) is not None
    spaces = _for_development(build, lock)
    programs = {
        posixpath.basename(each)
        for package in tables(told.get("packages-dev"))
        for each in strings(package.get("bin"))
    }
    words = (posixpath.basename(word) for word in _WORD.findall(text))
    return any(each in text for each in spaces) or not programs.isdisjoint(words)
