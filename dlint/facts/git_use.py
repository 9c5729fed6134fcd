"""Whether a step asks git for something: by itself, or by what a program reads of the context."""

from __future__ import annotations

import posixpath
from enum import IntEnum
from fnmatch import fnmatchcase
from itertools import chain, islice
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.git_folders import git_folders, is_git_named
from dlint.facts.uses import likely_base
from dlint.project.purpose import is_for_development
from dlint.reads.arrivals import arrivals
from dlint.reads.needs import needs
from dlint.reads.programs import programs_of
from dlint.reads.python_code import ASKS_GIT, GIT_QUESTIONS
from dlint.reads.scripts import texts
from dlint.reads.starts import started, starting_scripts
from dlint.reads.uncommented import without_comments
from dlint.shell.effects import Clone, Install, Unknown
from dlint.shell.managers import family
from dlint.syntax import Cmd, Entrypoint, Run, Transfer
from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.source import Mapped

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.effects import Effect
    from dlint.shell.script import Command, Script

_VERBS = frozenset(GIT_QUESTIONS.split("|"))
# What needs a repository as well; after a clone, that is hardly the context's.
_WORKS_IN = frozenset(
    (
        "add",
        "checkout",
        "clean",
        "commit",
        "fetch",
        "gc",
        "pull",
        "reset",
        "restore",
        "stash",
        "switch",
    )
)
# What takes a package's version from git.
_SCM = regex(
    r"setuptools[-_](?:git[-_])?scm|setuptools-git-versioning|versioneer|hatch-vcs|versioningit|\bpbr\b|dunamai"
    r"|dynamic-versioning|flit[-_]scm|pdm-bump|vcs-versioning|source *= *.(?:scm|vcs)"
)
# What puts a commit or its day into what is built, or into the pages of a site.
_PLUGIN = (
    r"vergen|shadow-rs|\bbuilt\b *=|git-commit-id|gitversion|git-version|git-build-info"
    r"|buildnumber-maven|axion-release|nebula[^\n]{0,80}git|gittools|minver|nerdbank|git-revision|git-rev-sync|git-repo-info|gitinfo"
    r"|gradle-git|jgitver|palantir[^\n]{0,80}git|sbt-(?:git|dynver)|enableGitInfo|showLastUpdate|lastUpdated"
    r"|lefthook|simple-git-hooks|git\s+config\s+core\.hooksPath"
    r"|last-updated|find_package\s*\(\s*Git\b|\bGIT_EXECUTABLE\b"
)
_PLUGINS = regex(_PLUGIN)
# Plugins of Gradle that are known to leave git alone, by those who publish them; what another does,
# which may bring more of them, its own sources tell.
_PLAIN = (
    r"org\.(?:cyclonedx|flywaydb|graalvm|gradle|jetbrains|jlleitschuh|liquibase|openapi|owasp)"
    r"|org\.(?:sonarqube|springframework)|com\.(?:android|apollographql|diffplug|google|gradle)"
    r"|com\.(?:adarshr|bmuschko|gradleup)|com\.github\.(?:ben-manes|johnrengelman|sherter|spotbugs)"
    r"|io\.(?:freefair|gitlab\.arturbosch|ktor|micronaut|quarkus|spring)|net\.ltgt|nu\.studer"
)
_UNKNOWN_PLUGIN = regex(
    rf"(?<![\w.])id[ \t]{{0,9}}\(?[ \t]{{0,9}}[\"'](?!(?:{_PLAIN})\.)[\w-]+\.[\w.-]+[\"']"
)
# Those, and libraries by which a program reads a repository itself.
_READERS = regex(rf"{_PLUGIN}|go-git/|libgit2|GitPython|pygit2|\bdulwich\b|\bfrom git import")
# Programs that need a repository by their nature.
_NEEDS_GIT = frozenset(("goreleaser", "gitversion", "nbgv", "git-cliff", "semantic-release"))
_PYTHON = ("pyproject.toml", "setup.py", "setup.cfg")
_PYTHON_BUILDERS = frozenset(
    (
        *("python", "python3", "hatch", "flit", "pdm", "poetry", "uv", "pixi", "pyproject-build"),
        *("pip-compile", "pip-sync"),  # ask the project for its metadata
    )
)
_NODE = (
    *("package.json", "next.config.*", "vite.config.*", "vue.config.*", "nuxt.config.*"),
    *("webpack.config.*", "gatsby-config.*", "docusaurus.config.*", "angular.json"),
    *("astro.config.*", "rollup.config.*", "svelte.config.*"),
)
_GRADLE = ("gradle", "gradlew")
_BY_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
_JAVA = (*_BY_GRADLE, "pom.xml", "build.sbt")
# What a build tool reads: names, and patterns of such, in any folder of the context.
_READS = {
    "make": ("Makefile", "makefile", "GNUmakefile", "*.mk"),
    **dict.fromkeys(
        ("npm", "yarn", "pnpm", "bun", "npx", "turbo", "nx", "next", "vite", "ng"), _NODE
    ),
    **dict.fromkeys(("mvn", "mvnw", *_GRADLE, "sbt"), _JAVA),
    **dict.fromkeys(_PYTHON_BUILDERS, (*_PYTHON, "mkdocs.yml")),
    "mkdocs": ("mkdocs.yml",),
    "hugo": ("hugo.*", "config.toml"),
    "cargo": ("build.rs", "Cargo.toml"),
    "cmake": ("CMakeLists.txt", "*.cmake"),
    "meson": ("meson.build",),
    "rake": ("Rakefile",),
    "gem": ("*.gemspec",),
    "bundle": ("*.gemspec",),
    "mix": ("mix.exs",),
    "just": ("justfile",),
    "task": ("Taskfile.yml",),
    "mage": ("magefile.go",),
    "nimble": ("*.nim", "*.nimble"),
    "nim": ("*.nim",),
    **dict.fromkeys(("crystal", "shards"), ("*.cr",)),
}
# What of them a container is started with to build in it.
_RECIPES = ("make", "just", "task", "rake", "mage")
_BUILDERS = regex(rf"(?:^|[\s;&|\"'\[])({'|'.join(_RECIPES)})(?=[\s\"',;&|]|$)")
_COMMENT = regex(r"(?m)^[ \t]{0,80}(?:#|//).*")
_CLONES = regex(r"\bgit\s+(?:-\S+\s+){0,9}(?:clone|init)\b")
_RESTORES = regex(r"\bgit\s+(?:checkout|restore|reset|clean|stash)\b")
_CODE = regex(r"\.(?:[cm]?js|exs?|php|py|rb|ts)\Z")
# Rust that runs while something is compiled, by what its files and folders are called, and how it
# starts git.
_RUST_OF_BUILDS = ("build", "macro", "xtask")
_RUST_STARTS_GIT = regex(r"\bCommand::new\(\s*\"git(?:\.exe)?\"")
_ASIDE = frozenset(
    "bin ci deploy deploy.rb doc docs node_modules script scripts spec test tests tool tools "
    "vendor".split()
)
# The words of a command in a list, as programs start others.
_ASKS_IN_CODE = regex(rf"[\"']git[\"'], {{0,4}}\[?[\"'](?:{GIT_QUESTIONS})[\"']")
# A command line in a string, or in a script that code holds: prose has the words elsewhere.
_RUNS_GIT = regex(
    r"(?m)(?:[\"'`(;&|]|^)[ \t]{0,80}(?:/[\w./-]{1,40}/)?"
    rf"git[ \t]+(?:-\S+[ \t]+){{0,9}}(?:{GIT_QUESTIONS})\b"
)
# What tells the version of the repository that it is in, by libraries of Python.
_READS_HEAD = regex(
    r"\.git/(?:HEAD|refs)\b|\bsetuptools_scm(?:\.| import )get_version\b"
    r"|\bRepo\([^()\n]{0,200}search_parent_directories\b"
)
_MOST_CODE = 5_000  # files of code that it is looked for in
# What a build may start, whatever it is called: what is compiled first is run elsewhere.
_SCRIPTS = regex(
    r"(?:\.(?:[cm]?[jt]s|php|py|rb|pl|exs?|sh|bash|gradle|groovy|kts|sbt|\w{2}proj|props|targets|mk|cmake|nix)"
    r"|(?:^|/)(?:[Mm]akefile|package\.json|CMakeLists\.txt))\Z"
)
_OF_OTHERS = frozenset("doc docs node_modules spec test tests vendor".split())
_MOST = 200  # files that one command is looked for in
_DOTNET_BUILDS = frozenset(("build", "publish", "pack", "test", "run"))
_DOTNET = regex(r"(?:^|/)dotnet/(?:nightly/)?sdk:(\d+)")
_SOURCE_LINK = 8  # the major version of the SDK from which on it reads .git by itself
_GO_BUILDS = frozenset(("build", "install"))
_LARGE = 1 << 18  # bytes; no makefile is so large
# What runs a program that a word names.
_RUNNERS = frozenset("ash bash dash node perl php python python3 ruby sh zsh".split())
# Official images whose full kinds stand on `buildpack-deps`, or install git as it does.
_WITH_GIT = frozenset(
    "buildpack-deps elixir erlang gcc golang haskell node perl pypy python ruby rust swift".split()
)

# Distributions where they are published themselves: each as bare as the official image of it.
_SYSTEMS = regex(
    r"docker\.io/(?:almalinux/[\w-]+|opensuse/\w+|redhat/ubi\d+(?:-\w+)?|rockylinux/rockylinux)"
    r"|public\.ecr\.aws/(?:amazonlinux/amazonlinux|debian/debian|ubuntu/ubuntu)"
    r"|quay\.io/(?:almalinuxorg/[\w-]+|centos/centos|fedora/fedora(?:-\w+)?|rockylinux/rockylinux)"
    r"|registry\.(?:access\.redhat\.com|redhat\.io)/ubi\d+(?:-\w+|/ubi(?:-\w+)?)?"
    r"|registry\.fedoraproject\.org/fedora(?:-\w+)?|registry\.opensuse\.org/opensuse/\w+"
)
_MIRROR = "docker/library"  # where another registry keeps the official images


class GitUse(IntEnum):
    """How sure it is that a step asks git."""

    NONE = 0
    POSSIBLE = 1  # a program that may do anything
    GUESSED = 2  # a script that starts other programs, where git is installed
    LIKELY = 3  # a file that such a program may read speaks of git
    SURE = 4  # the step itself calls git

    @property
    def is_sure(self) -> bool:
        """Whether the step itself calls git."""
        return self is GitUse.SURE

    @property
    def is_possible(self) -> bool:
        """Whether the step calls something that may ask git."""
        return self >= GitUse.POSSIBLE

    @property
    def is_likely(self) -> bool:
        """Whether the step calls git, or a program that is told to or may be."""
        return self >= GitUse.GUESSED

    @property
    def is_spoken_of(self) -> bool:
        """Whether the step, or a file that it may read, speaks of git."""
        return self >= GitUse.LIKELY


def git_use_after(build: Build, stage: Stage, transfer: Transfer) -> GitUse:
    """Tell whether a RUN after `transfer` asks git for something, in `stage` or on top of it."""
    later = build.runs_after(stage, transfer)
    return max((*(_use(build, run) for run in later), git_use_of_start(build, stage)))


def is_git_in_place(build: Build, stage: Stage, transfer: Transfer) -> bool:
    """Tell whether a COPY should bring `.git`: what the image starts asks git, or in a stage that
    nobody pushes a step may. Every commit reruns that in any case, with a mount of `.git` as well.

    So may one of an image that is pushed from a fetched commit alone: there is no `.git` in that,
    and a mount of what is not there ends the build.
    """
    if build.shipped(stage):
        is_asked = git_use_of_start(build, stage).is_likely
        if is_asked or not (build.is_fetched or build.stays_local(stage)):
            return is_asked
    return git_use_after(build, stage, transfer).is_likely


def git_use_of_start(build: Build, stage: Stage) -> GitUse:
    """Tell whether what an image is started with, also by a recipe, builds by one that asks git."""
    found = GitUse.NONE
    for text in chain(started(build, stage), build.fact(_started_inside)[stage.index]):
        if ASKS_GIT.search(text):
            return GitUse.LIKELY
        for name in _BUILDERS.findall(text):
            found = max(found, _mentioned(build, _of_names(build, _READS[name]), _RESTORES))
    scripts = (_use_of_script(build, raw) for raw in starting_scripts(build, stage))
    return max(found, _use_of_program(build, stage), *scripts)


def _started_inside(build: Build) -> list[list[str]]:
    """Return what recipes start in containers of the images on top of each stage; a fact."""
    found: list[list[str]] = [[] for _ in build.stages]
    if build.recipes is None:
        return found
    from dlint.project.run_commands import commands_inside

    for image in build.stages:
        names = build.names_for_builds(image)
        texts = list(commands_inside(build.recipes, build.path, names))
        for below in image.ancestors() if texts else ():
            found[below.index] += texts
    return found


def _use_of_script(build: Build, raw: bytes) -> GitUse:
    """Tell whether a script that an image is started with asks git, other than in a clone of its
    own, or builds by a recipe that does.
    """
    text = _COMMENT.sub("", raw.decode("utf-8", "replace"))
    if not _CLONES.search(text) and ASKS_GIT.search(text):
        return GitUse.LIKELY
    names = programs_of(raw).intersection(_RECIPES)
    uses = (_mentioned(build, _of_names(build, _READS[name]), _RESTORES) for name in names)
    return max(uses, default=GitUse.NONE)


def _use_of_program(build: Build, stage: Stage) -> GitUse:
    """Tell whether code of the context asks for the commit, as a program that tells its version
    does: it reads `.git` itself, or asks git in an image that has that.
    """
    if not build.shipped(stage):
        return GitUse.NONE
    code = (each for each in build.context.entries if _CODE.search(each))
    own = (each for each in code if _ASIDE.isdisjoint(each.split("/")) and "/." not in f"/{each}")
    asking = (_RUNS_GIT, _ASKS_IN_CODE) if _has_git(build, stage) else ()
    patterns = (_READS_HEAD, *asking)
    texts = _texts(build, islice(own, _MOST_CODE))
    asks = any(_is_in_code(each, path, text) for path, text in texts for each in patterns)
    return GitUse.LIKELY if asks else GitUse.NONE


def _is_in_code(pattern: re.Pattern[str], path: str, text: str) -> bool:
    """Tell whether a pattern is found in what a program does, not in what it says of that."""
    if not pattern.search(text):
        return False
    return pattern.search(without_comments(path, text)) is not None


def need_of_git(build: Build, stage: Stage, transfer: Transfer) -> GitUse:
    """Tell how sure it is that somebody needs `.git` in the context, for whose builds there is one
    ignore file: a step, or who works in the image, if the file does not say what that starts, or
    it is for development and has git.
    """
    if build.fact(is_git_named):
        return GitUse.SURE
    steps = build.chain(stage)
    is_open = not any(isinstance(step.instruction, Cmd | Entrypoint) for step in steps)
    is_open |= is_for_development(build.path) and _installs_git(build, stage)
    by_hand = GitUse.POSSIBLE if is_open and build.shipped(stage) else GitUse.NONE
    return max(git_use_after(build, stage, transfer), build.fact(git_use), by_hand)


def git_use(build: Build) -> GitUse:
    """Tell whether any step that has `.git`, by a COPY or a mount, asks git."""
    folders = set(build.fact(git_folders))
    found = GitUse.NONE
    for stage in filter(build.live, build.stages):
        for each in stage.instructions:
            if isinstance(each, Run) and any(mount.shows_context for mount in each.mounts):
                found = max(found, _use(build, each))
            elif isinstance(each, Transfer) and _takes_one_of(build, each, folders):
                found = max(found, git_use_after(build, stage, each))
    return found


def _takes_one_of(build: Build, transfer: Transfer, folders: set[str]) -> bool:
    selection = None if transfer.from_ else build.selection(transfer)
    return selection is not None and any(landed.source in folders for landed in selection.entries)


def _use(build: Build, run: Run) -> GitUse:
    """Tell whether a RUN asks git."""
    return build.fact(_Uses).of(run)


class _Uses:
    """Whether RUNs ask git: read once, as every COPY above one wants to know."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._by_run: dict[int, GitUse] = {}

    def of(self, run: Run) -> GitUse:
        """Tell whether a RUN asks git."""
        if run.index not in self._by_run:
            self._by_run[run.index] = _read_use(self._build, run)
        return self._by_run[run.index]


def _read_use(build: Build, run: Run) -> GitUse:
    script = build.script(run)
    if not script.parsed:
        return GitUse.SURE if ASKS_GIT.search(run.script.text) else GitUse.POSSIBLE
    effects = build.effects(run)
    verbs = _VERBS if effects.of(Clone) else _VERBS | _WORKS_IN
    if _calls_git(script, verbs):
        return GitUse.SURE
    if _trusts_folder(script):
        return GitUse.LIKELY
    uses = [_use_of(build, each) for each in effects.items]
    uses += [_use_of_lists(build, run, each) for each in effects.of(Install)]
    uses += [_stamped(build, run, command) for command in script.commands]
    uses += [_hidden(build, run, each.command) for each in effects.of(Unknown)]
    found = max(uses, default=GitUse.NONE)
    if found is GitUse.POSSIBLE and _finds_git(build, run) and _is_asked_by_scripts(build):
        return GitUse.LIKELY
    return found


def _is_asked_by_scripts(build: Build) -> bool:
    """Tell whether a script of the context asks git, which a program that a build starts may run:
    looked for once, for steps of which nothing else is known.
    """

    def look() -> bool:
        found = (each for each in build.context.entries if _SCRIPTS.search(each))
        own = (each for each in found if not _is_of_others(each))
        return _mentioned(build, tuple(islice(own, _MOST_CODE)), _ASKS_IN_CODE).is_likely

    is_asked: bool = build.context.keep(_is_asked_by_scripts, look)
    return is_asked


def _is_of_others(path: str) -> bool:
    """Tell whether a file is of no build: of tests or documents, or in a hidden folder, which is
    git's own, or that of a CI service or an editor.
    """
    folders = path.split("/")[:-1]
    return not _OF_OTHERS.isdisjoint(folders) or any(each.startswith(".") for each in folders)


def _calls_git(script: Script, verbs: frozenset[str]) -> bool:
    return any(
        command.name == "git" and any(word.text in verbs for word in command.args)
        for command in script.commands
    )


def _trusts_folder(script: Script) -> bool:
    """Tell whether a script lets git work in a folder of somebody else, which a copied one is: for
    a program below that asks it.
    """
    return any(
        command.name == "git" and any(word.form == "safe.directory" for word in command.args)
        for command in script.commands
    )


def _use_of(build: Build, effect: Effect) -> GitUse:
    """Tell whether an install, or a program that may do anything, asks git."""
    match effect:
        case Install(hidden=True) | Unknown():
            found = max(GitUse.POSSIBLE, _read_by(build, effect.command))
        case Install(manager="bundler"):
            found = _read_by(build, effect.command)
        case _:
            found = GitUse.NONE
    match effect:
        case Install(manager=manager, projects=projects) if family(manager) == "python" and (
            projects or manager not in {"pip", "pipenv"}
        ):
            return max(found, _mentioned(build, _PYTHON, _SCM))
    return found


def _use_of_lists(build: Build, run: Run, install: Install) -> GitUse:
    """Tell whether a list for pip names a project of the context whose build asks git."""
    stage = build.stage_of(run)
    if stage is None or family(install.manager) != "python" or not install.manifests:
        return GitUse.NONE
    here = [*build.fact(arrivals).before(stage, run)]
    read = needs(build, install, here, build.state(run).workdir)
    return GitUse.LIKELY if read.git else GitUse.NONE


def _stamped(build: Build, run: Run, command: Command) -> GitUse:
    """Tell whether a compiler that reads `.git` by itself puts the commit into what it builds."""
    words = {word.form for word in command.args}
    match command.name:
        case "go" if words & _GO_BUILDS and "-buildvcs=false" not in words:
            if (_go_version(build, run) or _GO_STAMPS) < _GO_STAMPS:
                return GitUse.NONE
            return GitUse.LIKELY if _finds_git(build, run) else GitUse.POSSIBLE
        case "dotnet" if words & _DOTNET_BUILDS:
            release = _DOTNET.search(_base(build, run))
            is_old = release is not None and (number(release[1]) or _SOURCE_LINK) < _SOURCE_LINK
            return GitUse.POSSIBLE if is_old else GitUse.LIKELY
        case name if name in _NEEDS_GIT:
            return GitUse.LIKELY
    return GitUse.NONE


_GO_STAMPS = (1, 18)  # https://go.dev/doc/go1.18#go-command


def _go_version(build: Build, run: Run) -> tuple[int, ...] | None:
    from dlint.facts.tools import version_of

    stage = build.stage_of(run)
    return version_of(stage, "golang") if stage else None


def _hidden(build: Build, run: Run, command: Command) -> GitUse:
    """Tell whether a program of the context, which may start others in turn, finds git: what they
    ask of it is written in any language.
    """
    program = command.word.form
    if command.name in _RUNNERS:
        operands = (word.form for word in command.args if not word.form.startswith("-"))
        program = next(operands, "")
    elif "/" not in program:
        return GitUse.NONE
    found = texts(build, posixpath.basename(program))
    is_open = any(not _is_told(text.decode("utf-8", "replace")) for text in found)
    return GitUse.GUESSED if is_open and _finds_git(build, run) else GitUse.NONE


def _is_told(text: str) -> bool:
    """Tell whether a script's text says all that it does, down to each program that it starts."""
    from dlint.shell.judge import effects
    from dlint.shell.reader import read_script

    found = effects(read_script(Mapped(text)))
    hidden = any(each.hidden for each in found.of(Install))
    return found.known and not hidden and not found.of(Unknown)


def _base(build: Build, run: Run) -> str:
    """Return the name of the image that the stage of a RUN stands on."""
    stage = build.stage_of(run)
    return (stage.outermost.image or "") if stage else ""


def _finds_git(build: Build, run: Run) -> bool:
    """Tell whether a RUN has the program git."""
    stage = build.stage_of(run)
    return stage is not None and _has_git(build, stage)


def _has_git(build: Build, stage: Stage) -> bool:
    """Tell whether the program git is there: Alpine's and slim images are without it, as are those
    of systems.
    """
    name, base = stage.outermost.image or "", likely_base(build, stage)
    is_bare = base is not None and _is_bare(base)
    if not is_bare and "alpine" not in name and "slim" not in name:
        return True
    return _installs_git(build, stage)


def _is_bare(base: Reference) -> bool:
    """Tell whether an image is one of the official ones without git, or a distribution's own."""
    if base.is_official or base.account == _MIRROR:
        return base.name not in _WITH_GIT
    return _SYSTEMS.fullmatch(f"{base.registry}/{base.repository}") is not None


def _installs_git(build: Build, stage: Stage) -> bool:
    """Tell whether a RUN of a stage's chain installs git by its name, and leaves it there."""
    runs = (step.instruction for step in build.chain(stage))
    return any(
        "git" in install.names
        for each in runs
        if isinstance(each, Run)
        for install in build.effects(each).kept_installs()
    )


def _read_by(build: Build, command: Command) -> GitUse:
    """Look into what a program reads: its makefile, or the script itself."""
    script = command.word.form.removeprefix("./").lstrip("/")
    operands = [
        word.form.removeprefix("./")
        for word in command.args
        if "/" in word.form or "." in word.form
    ]
    named = _mentioned(build, (script, *operands), _READERS)
    program = posixpath.basename(script)
    patterns = _READS.get(program, ())
    scm = _mentioned(build, _PYTHON, _SCM) if command.name in _PYTHON_BUILDERS else GitUse.NONE
    asked = _mentioned(build, _of_names(build, patterns), _PLUGINS)
    if program in _GRADLE:
        asked = asked or _mentioned(build, _of_names(build, _BY_GRADLE), _UNKNOWN_PLUGIN)
    return max(named, scm, asked, _asked_by_rust(build) if command.name == "cargo" else GitUse.NONE)


def _asked_by_rust(build: Build) -> GitUse:
    """Tell whether a build script of Rust, or a module or crate of one, starts git."""
    found = (
        each
        for each in build.context.entries
        if each.endswith(".rs") and any(word in each.lower() for word in _RUST_OF_BUILDS)
    )
    return _mentioned(build, tuple(islice(found, _MOST_CODE)), _RUST_STARTS_GIT)


def _of_names(build: Build, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the context's files that have one of these names, those nearest to the root first."""
    if not patterns:
        return ()
    found = (
        path
        for path in build.context.entries
        if ".git/" not in path
        and any(fnmatchcase(path.rpartition("/")[2], each) for each in patterns)
    )
    return tuple(sorted(found, key=lambda path: path.count("/"))[:_MOST])


def _mentioned(build: Build, paths: tuple[str, ...], more: re.Pattern[str]) -> GitUse:
    """Tell whether one of these files of the context asks git, or names a program that does."""
    texts = _texts(build, paths)
    asks = any(more.search(text) or _is_in_code(ASKS_GIT, path, text) for path, text in texts)
    return GitUse.LIKELY if asks else GitUse.NONE


def _texts(build: Build, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts of files of the context with their paths, but of large ones and those that
    cannot be read.
    """
    for path in paths:
        entry = build.context.entries.get(path)
        if entry is None or entry.kind != "file" or entry.size > _LARGE:
            continue
        try:
            yield path, build.context.read(path).decode("utf-8", "replace")
        except DlintError:
            continue
