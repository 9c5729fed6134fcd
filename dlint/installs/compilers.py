"""Compilers that a RUN installs from the distribution, what of the build uses them, and whether an
image runs a finished program.
"""

from __future__ import annotations

import posixpath
import re
from itertools import chain
from typing import TYPE_CHECKING

from dlint.facts.own_bases import held_by_base, is_base_of_others
from dlint.facts.shipping import shipping
from dlint.facts.uses import likely_base
from dlint.installs.start_scripts import without_plain_scripts
from dlint.project.purpose import is_no_product
from dlint.reads.starts import started, starting_paths
from dlint.shell.managers import is_system_manager
from dlint.syntax import Cmd, Entrypoint, Onbuild, Run, Transfer
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet

    from dlint.images.reference import Reference
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects, Fetch, Install, Remove, Unknown
    from dlint.shell.packages import Package

_COMPILER = regex(
    r"(?:alpine-sdk|base-devel|build-(?:base|essential)|(?:clang|g\+\+|gcc|gcc-c\+\+|gfortran)(?:-\d+)?"
    r"|\$\{?PHPIZE_DEPS\}?"
    r"|postgresql-server-dev-(?:all|\d+))\Z"  # which brings clang and LLVM's headers along
)
_HEADERS = regex(r"-dev(?:el)?\Z")
# The distributions' packages of languages' toolchains, by the manager that builds with them.
_TOOLCHAINS = (
    ("go", regex(r"(?:go|golang(?:-go)?|golang-\d[\d.]*(?:-go)?)\Z")),
    ("cargo", regex(r"(?:cargo|rustc|rust)(?:-\d[\d.]*)?\Z")),
    ("maven", regex(r"maven\Z")),
    ("gradle", regex(r"gradle\Z")),
    ("dotnet", regex(r"dotnet-?sdk-?[\d.]*\Z|dotnet\d+-sdk\Z")),
)


class _Download(NamedTuple):
    """A toolchain that is downloaded: of which language, the manager that builds with it, from
    where, and what takes it away again.
    """

    language: str
    manager: str
    address: re.Pattern[str]
    removal: re.Pattern[str]


_DOWNLOADS = (
    _Download(
        "Rust",
        "cargo",
        regex(r"\bsh\.rustup\.rs\b|static\.rust-lang\.org/(?:rustup|dist)/"),
        regex(
            r"\brustup self uninstall\b|\brm\s[^\n;&|]{0,200}(?:\.?cargo|\.?rustup)\b",
            re.IGNORECASE,
        ),
    ),
    _Download(
        "Go",
        "go",
        regex(
            r"\b(?:go\.dev|golang\.org|dl\.google\.com|storage\.googleapis\.com/golang)/(?:dl/|go/)?go\d"
        ),
        regex(r"\brm\s[^\n;&|]{0,200}(?:/go|\bGOROOT)\b"),
    ),
)
# What a toolchain's own program is called where an image may start it.
_STARTS_TOOLCHAIN = regex(
    r"(?<![\w./-])(?:go|cargo|rustc|mvnw?|gradlew?|dotnet\W+(?:run|watch))(?![\w-])"
)
_BESIDES = frozenset(
    "autoconf automake bison cmake flex libc6-dev libc-dev libtool m4 make meson musl-dev nasm"
    " ninja ninja-build python3-dev yasm".split()
)
# Managers that compile packages with what the image has, if they have to.
_NEED_COMPILERS = frozenset("bundler composer gem npm pdm pip pipenv pnpm poetry uv yarn".split())
# What runs the project's own code.
_RUNS_PROJECT = regex(r"python[\d.]*|django-admin|rails|rake|flask|gunicorn")
# What asks for headers, compiles with them, or brings what does.
_BUILDS_WITH = frozenset(
    "cython3 devscripts dpkg-dev fakeroot libperl-dev luarocks nodejs-dev npm pkg-config pkgconf"
    " php-dev php-pear python-dev python-dev-is-python3 python3-pip python-pip python3-all-dev"
    " r-base r-base-dev ruby-dev ruby-full swig tcc tk-dev tcl-dev".split()
)
# What goes takes along what needs it.
_NEEDED_BY_OTHERS = regex(
    r"(?:binutils|cpp|dpkg-dev|g\+\+|gcc|gcc-c\+\+|make|musl-dev|patch)(?:-\d+)?\Z"
    r"|lib(?:c|gcc|stdc\+\+)\d*-"
)
# A program, or what it is told, that by its name installs what something needs of the system:
# `bbot --install-all-deps` brings compilers where there are none.
_INSTALLS_NEEDS = regex(
    r"(?i)(?:.*/)?(?:-{0,2})(?:install|setup|with)[-_](?:[a-z]+[-_])?dep(?:s|endencies)(?:\.\w+)?\Z"
)
_MARKS = regex(r"apt-mark|--mark-auto")  # what autoremove takes then, though it was named
_VARIED = regex(r"[$*?\[]")
# Whose libraries, which come with them, what was compiled may load; or a name that is not known.
_OF_LIBRARIES = regex(
    r"(?!libc6?-dev|python3?-dev)\S*-dev|gfortran|postgresql-server|[^\n]*[$*?\[]"
)
# What takes away packages that nothing needs: apt if it is asked to, and others.
_TAKES_UNNEEDED = regex(
    r"(?i)auto-?(?:remove|purge)|automaticremove|aptitude|deborphan|--mark-auto"
)
_COMPILES_PHP = frozenset(("docker-php-ext-install", "pecl", "phpize"))
_COMPILES = frozenset(
    "bazel c++ cc clang cmake configure docker-php-ext-install g++ gcc make meson ninja pecl phpize"
    " python python3 setup.py".split()
)
# What is started for other things than a finished program, or compiles when it runs.
_OTHER_START = regex(
    r"(?<![\w.-])(?:ash|bash|sh|zsh|make|cmake|gcc|cargo|go|R|Rscript|jupyter\S*|notebook|sleep|tail"
    r"|npm (?:i|install|ci)|bundle install|pytest|tox|sshd|supervisord|buildbot\S*|jenkins\S*"
    r"|runner|agent|dind|dev|tests?)(?![\w.-])|dockerd|\.(?:a|ba|z)?sh\b"
)
# A shell that is told all it has to do, as the shell form tells it; a wait before that.
_TOLD_SHELL = regex(
    r"""\A[\s\["']*+(?:/(?:usr/)?bin/)?(?:a|ba|da|z)?sh[\s"',]{1,6}-[a-z]{0,4}c[\s"',\[]{1,6}"""
    r"(?=[\w./])(?![^\n]*\$[@*\d])"
)
_WAIT = regex(r"(?<![\w.-])sleep[ \t]+\d+[ \t]*(?:&&|;)")
# An interpreter alone is for whoever comes with a program.
_INTERPRETER = regex(r"\W*+(?:[\w/]*/)?(?:node|python[\d.]*|ruby|irb|perl|php|lua)\W*")
_OTHER_NAME = regex(
    r"(?:\A|[._/-])(?:build|builder|base|toolchain|sdk|compile)(?:[._/-]|\Z)",
    re.IGNORECASE,
)
# A group of packages (`apk add --virtual .build-deps`) that is there until something is built.
_FOR_BUILD = regex(r"build|compil|dev|tmp|temp", re.IGNORECASE)
# What is computed on graphics cards is compiled for them when it runs.
_OTHER_BASE = regex(
    r"jupyter|notebook|rocker|r-base|r-ver|-devel|devcontainer|buildpack|sdk"
    r"|\bcuda\b|\brocm\b|\btritonserver\b"
)
# Official images whose own command serves what is copied into them.
_SERVES = regex(r"\Aphp:\S*\b(?:apache|fpm)\b")
_WITH_COMPILERS = frozenset(
    "buildpack-deps elixir erlang gcc golang haskell node openjdk perl php pypy python ruby rust"
    " swift".split()
)
# What builds something where a command begins, in a shell or as a program in code starts one.
_BUILDER = (
    rb"(?:cabal|stack|ghc|go[ \t\"',]+(?:build|run|install|test)|cargo|rustc|gcc|g\+\+|make|cmake"
    rb"|ninja|mvnw?|gradlew?|dotnet[ \t\"',]+(?:build|run|test|publish|watch)"
    rb"|docker-php-ext-install|pecl)(?![\w-])"
)
_BUILDS = re.compile(rb"(?m)(?:^|[;&|({`]|\b(?:then|do|else|exec|sudo)\b)[ \t]*" + _BUILDER)
_BUILDS_IN_CODE = re.compile(
    rb"\b(?:call|check_call|check_output|exec\w{0,9}|popen|Popen|run|spawn\w{0,9}|system)"
    rb"\(\s{0,40}\[?\s{0,40}[\"'`]" + _BUILDER
)
_OF_SHELL = regex(rb"#![^\n]*\b(?:a|ba|da|k|z)?sh\b")
_SHELL_ENDINGS = frozenset(("", ".ash", ".bash", ".dash", ".ksh", ".sh", ".zsh"))
# Who brings two of them has other people's sources to fetch, and to build.
_FETCH_SOURCES = frozenset("breezy brz bzr cvs git git-core hg mercurial subversion svn".split())
_FOR_OTHERS = regex(r"(?:gcc-)?mingw-w64|gcc-[\w-]{3,40}-linux-gnu")  # compile for other systems
_INSTALLERS = frozenset(
    "hatch pdm pipenv pipx poetry uv virtualenv".split()
)  # of projects' packages
# No part of these is compiled.
_FINISHED = frozenset("bundler corepack npm pip pnpm setuptools virtualenv wheel yarn".split())
# A comment for what is installed, but not one that speaks of the build, too, or of what is not so.
_AT_RUN_TIME = regex(r"(?im)^(?!.*(?:\bnot?\b|n't|\b(?:build|compilation))).*\brun[- ]?time\b")
_BARE = regex(r'\[\s*"[\w./-]+"\s*\]')
_MOUNTED = regex(
    r"(?im)^[ \t]*+#[^\n]{0,200}\bmount(?:ed|s)? [^\n]{0,80}\b(?:projects?|source|code|workspace)\b"
)
_BUILD_BY_NAME = frozenset(("go", "cargo"))  # `go install NAME` makes a program, too
# Those who build on an image of PHP compile with what it keeps for that.
_COMPILES_LATER = regex(
    r"ENV\s+PHPIZE_DEPS\b|jupyter|Rscript|\b(?:triton|vllm|theano|pystan|deepspeed|numba|torch)\b"
)


def runs_finished_program(build: Build, stage: Stage) -> bool:
    """Tell whether the images on top of a stage run a program that is finished when they are built:
    no shell, nothing for development, nothing that is known to compile.
    """
    base = likely_base(build, stage)
    return _is_finished(build, stage) and not (base is not None and _holds_compilers(base))


def runs_finished_php(build: Build, stage: Stage) -> bool:
    """Tell it of an image on Docker's official one of PHP, which has compilers for extensions."""
    base = likely_base(build, stage)
    is_php = base is not None and base.is_official and base.name == "php"
    return is_php and _is_finished(build, stage)


def _is_finished(build: Build, stage: Stage) -> bool:
    """Tell it of what is put on top of the base, which may have compilers."""
    commands = [_WAIT.sub("", _TOLD_SHELL.sub("", each)) for each in started(build, stage)]
    base = likely_base(build, stage)
    is_served = not commands and base is not None and _SERVES.search(base.familiar) is not None
    if all(map(_INTERPRETER.fullmatch, commands)) and not is_served:
        return False
    if any(map(_OTHER_START.search, without_plain_scripts(build, commands))):
        return False
    if _is_for_builders(build, stage):
        return False
    if _COMPILES_LATER.search(build.dockerfile.source.text) or build.fact(is_base_of_others):
        return False
    if _works_on_projects(build, stage, commands) or _builds_when_run(build, stage):
        return False
    return base is None or not _OTHER_BASE.search(base.familiar)


def are_for_build(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether packages are a group that is called after the build, so that they were to be
    removed after it, in an image that is there for something else.
    """
    if install.group is None or not _FOR_BUILD.search(install.group):
        return False
    base = likely_base(build, stage)
    if _is_for_builders(build, stage) or (base is not None and _holds_compilers(base)):
        return False
    return not any(isinstance(each.instruction, Onbuild) for each in build.chain(stage))


def _is_for_builders(build: Build, stage: Stage) -> bool:
    """Tell whether the file, or each image that has the stage's layers, is called after builds or
    tests.
    """
    file, images = build.dockerfile.source.path.rpartition("/")[2], _images_on(build, stage)
    if is_no_product(file) or _OTHER_NAME.search(file):
        return True
    return all(_is_for_those_who_build(build, each) for each in images)


def _is_for_those_who_build(build: Build, image: Stage) -> bool:
    """Tell whether an image is called after builds or tests."""
    name = image.name or ""
    is_other = _OTHER_NAME.search(name) is not None and not _only_comes_last(build, image)
    return is_no_product(name) or is_other


def _images_on(build: Build, stage: Stage) -> Sequence[Stage]:
    """Return the images that are pushed and built on a stage, or are it; what they stand on may be
    called a base or a build, but ships with them.
    """
    pushed = [each for each in build.stages_on(stage) if build.is_pushed(each)]
    return [each for each in build.targets if each in pushed] or [stage]


def _only_comes_last(build: Build, image: Stage) -> bool:
    """Tell whether an image is built because its stage is the file's last one, and starts what is
    copied into it: nobody asks for it by its name, which may be any.
    """
    if image is not build.stages[-1] or _is_named_by_somebody(build, image):
        return False
    own = [each.instruction for each in build.chain(image)]
    copies = any(isinstance(each, Transfer) for each in own)
    return copies and any(isinstance(each, Cmd | Entrypoint) for each in own)


def _is_named_by_somebody(build: Build, image: Stage) -> bool:
    """Tell whether a recipe, the documentation or whoever checks names a stage to be built."""
    options, recipes = build.options, build.recipes
    if options.target is not None or image.name in options.targets | options.pushed:
        return True
    of_recipes = recipes.targets_of(build.path) if recipes else frozenset[str]()
    return image.name in of_recipes or build.is_asked_for(image)


def _builds_when_run(build: Build, stage: Stage) -> bool:
    """Tell whether an image is there to compile: other images are built on it, a script of the
    context that it is started with builds something, or it has a language's toolchain that no step
    is seen to build with.
    """
    chain = build.chain(stage)
    if any(isinstance(each.instruction, Onbuild) for each in chain):
        return True
    if any(_builds(each, build.context.read(each)) for each in starting_paths(build, stage)):
        return True
    runs = (each.instruction for each in chain)
    return any(isinstance(each, Run) and _brings_for_later(build, each) for each in runs)


def _builds(path: str, text: bytes) -> bool:
    """Tell whether a script builds something: of another language than the shell's only what it
    starts as a program counts.
    """
    is_told = text.startswith(b"#!")
    is_shell = _OF_SHELL.match(text) if is_told else posixpath.splitext(path)[1] in _SHELL_ENDINGS
    return (_BUILDS if is_shell else _BUILDS_IN_CODE).search(text) is not None


def _brings_for_later(build: Build, run: Run) -> bool:
    """Tell whether a RUN brings a language's toolchain, or a compiler for other systems, with which
    neither it nor one on top of it builds; or two programs for whatever sources there are.
    """
    from dlint.shell.effects import Fetch, Install

    effects = build.effects(run)
    managers = {each.manager for each in _downloaded(effects.of(Fetch))}
    names = {name for each in effects.of(Install) for name in each.names}
    if len(names & _FETCH_SOURCES) > 1:
        return True
    for name in names:
        if _FOR_OTHERS.match(name):
            return True
        managers |= {manager for manager, packages in _TOOLCHAINS if packages.match(name)}
    managers.discard("cargo")  # with which pip builds, unseen
    return any(_builder(build, run, each) is None for each in managers)


def _works_on_projects(build: Build, stage: Stage, commands: Sequence[str]) -> bool:
    """Tell whether an image is a tool for projects that people mount, and may install what those
    need: it says so, or it brings git and an installer beside the compilers and its entry point is
    a bare program, which is told what to do.
    """
    if _MOUNTED.search(build.dockerfile.source.text):
        return True
    from dlint.shell.effects import Install

    chain = build.chain(stage)
    is_bare = len(commands) == 1 and _BARE.fullmatch(commands[0]) is not None
    is_told = is_bare and any(isinstance(each.instruction, Entrypoint) for each in chain)
    installs = build.effects_of(Install, chain) if is_told else ()
    brought = {name for _, install in installs for name in install.names}
    return "git" in brought and not _INSTALLERS.isdisjoint(brought)


def _holds_compilers(base: Reference) -> bool:
    """Tell whether an official image has compilers of its own: its slim kinds have not."""
    words = (base.tag or "").split("-")
    is_slim = any(word.startswith(("slim", "alpine")) for word in words)
    return base.is_official and base.name in _WITH_COMPILERS and not is_slim


def compilers_left(build: Build, run: Run) -> Install | None:
    """Return the part of an install of the system's packages that names a compiler, and what is
    there for compilers alone, if nothing takes it out again, or may bring it again.
    """
    from dlint.shell.effects import Install

    effects = build.effects(run)
    for install in effects.of(Install):
        if not is_system_manager(install.manager) or not install.command.certain:
            continue
        if not any(map(_COMPILER.match, install.names)) or is_for_run_time(build, run):
            continue
        gone = removed_names(build, run)
        if _MARKS.search(run.value.text) or any(_VARIED.search(str(name)) for name in gone):
            continue  # which of them go is told elsewhere
        part = _left_of(install, gone | _held(build, run))
        if any(_COMPILER.match(each.name) for each in part):
            return None if _may_bring_needs(build, run) else install._replace(packages=part)
    return None


def compilers_removed(build: Build, run: Run) -> Remove | None:
    """Return the command of a RUN by which apt removes compilers that it has installed, and not
    what these brought, if nothing takes that out, compiles after it or may need it.
    """
    from dlint.reads.scripts import with_scripts
    from dlint.shell.effects import Install, Remove

    effects = build.effects(run)
    removals = [each for each in effects.of(Remove) if each.manager == "apt"]
    gone = frozenset[str]().union(*(each.names for each in removals))
    if any(map(_OF_LIBRARIES.match, gone)) or _TAKES_UNNEEDED.search(build.fact(with_scripts)):
        return None
    for removal in removals:
        start = removal.command.span.start
        above = [each for each in effects.of(Install) if each.command.span.start < start]
        brought = frozenset[str]().union(*(each.names for each in above if each.manager == "apt"))
        if removal.command.certain and any(map(_COMPILER.match, removal.names & brought)):
            return None if _compiles_after(build, run, start) else removal
    return None


def _compiles_after(build: Build, run: Run, start: int) -> bool:
    """Tell whether a RUN uses compilers, or may, from a place on, or one on top of it does."""
    own = build.stage_of(run)
    later = build.fact_of(_users, own)[0] if own else ()
    return _uses(build.effects(run), start) or any(each.index > run.index for each in later)


def _may_bring_needs(build: Build, run: Run) -> bool:
    """Tell whether each image with a RUN starts a program, in it or later, that says that it
    installs what something needs: which packages of the system it uses or brings is not known.
    """
    stage = build.stage_of(run)
    if stage is None:
        return False
    from dlint.shell.effects import Unknown

    later = {each.index for each in _runs_from(build, run)}
    chains = (build.chain(image) for image in _images_on(build, stage))
    steps = ([each for each in chain if each.instruction.index in later] for chain in chains)
    return all(
        any(_installs_needs(each.command) for _, each in build.effects_of(Unknown, own))
        for own in steps
    )


def _installs_needs(command: Command) -> bool:
    return any(_INSTALLS_NEEDS.match(word.form) for word in (command.word, *command.args))


def has_headers_beside(build: Build, run: Run, part: Install) -> bool:
    """Tell whether a RUN installs headers of libraries beside `part`, and they stay."""
    from dlint.shell.effects import Install

    named = (each.names for each in build.effects(run).of(Install))
    beside = frozenset[str]().union(*named) - part.names - removed_names(build, run)
    return any(map(_HEADERS.search, beside))


def _held(build: Build, run: Run) -> frozenset[str]:
    """Return the packages that the base of a RUN has, where the repository builds it: another stage
    saves none of them.
    """
    stage = build.stage_of(run)
    return held_by_base(build, stage).packages if stage is not None else frozenset()


def _left_of(install: Install, gone: AbstractSet[str | None]) -> tuple[Package, ...]:
    """Return the compilers of an install, and what is there for them alone, that stay when some
    packages are removed, or are in the base: none where those are the install's group, or compilers
    that others need. apk keeps whatever was named and is not taken back.
    """
    taken = install.names & gone
    takes_along = install.manager != "apk" and any(map(_NEEDED_BY_OTHERS.match, taken))
    if install.group in gone or takes_along:
        return ()
    return tuple(
        each
        for each in install.packages
        if each.name not in taken and (each.name in _BESIDES or _COMPILER.match(each.name))
    )


def is_for_run_time(build: Build, run: Run) -> bool:
    """Tell whether a comment at a RUN says that what it installs is for the run time."""
    return _AT_RUN_TIME.search(build.dockerfile.remarks_on(run)) is not None


def toolchain_left(build: Build, run: Run) -> tuple[Install, Run] | None:
    """Return the part of an install of the system's packages that is a language's toolchain which
    no image starts, if nothing takes it out again, and the first RUN, it or one on top of it, that
    builds with it.
    """
    from dlint.shell.effects import Install

    if _MARKS.search(run.value.text) or _may_start_toolchain(build, run):
        return None
    if is_for_run_time(build, run):
        return None
    for install in build.effects(run).of(Install):
        if not is_system_manager(install.manager) or not install.command.certain:
            continue
        for manager, packages in _TOOLCHAINS:
            part = tuple(each for each in install.packages if packages.match(each.name))
            user = _builder(build, run, manager) if part else None
            if user is not None and not _is_among(install, removed_names(build, run)):
                return install._replace(packages=part), user
    return None


def toolchain_downloaded(build: Build, run: Run) -> tuple[str, Run] | None:
    """Return the language whose toolchain, which no image starts, a RUN downloads for good, if
    nothing takes it away again, and the first RUN, it or one on top of it, that builds with it.
    """
    from dlint.shell.effects import Fetch

    if _may_start_toolchain(build, run):
        return None
    fetches = (each for each in build.effects(run).of(Fetch) if each.command.certain)
    for toolchain in _downloaded(fetches):
        texts = (each.value.text for each in _runs_from(build, run))
        user = _builder(build, run, toolchain.manager)
        if user is not None and not any(map(toolchain.removal.search, texts)):
            return toolchain.language, user
    return None


def _downloaded(fetches: Iterable[Fetch]) -> list[_Download]:
    """Return the toolchains of languages among what is fetched."""
    fetched = " ".join(each.form for each in fetches)
    return [each for each in _DOWNLOADS if each.address.search(fetched)]


def _builder(build: Build, run: Run, manager: str) -> Run | None:
    """Return the first RUN, `run` or one on top of it, in which a manager builds a program."""
    from dlint.shell.effects import Install

    for each in _runs_from(build, run):
        for install in build.effects(each).of(Install):
            builds = install.hidden or (bool(install.packages) and manager in _BUILD_BY_NAME)
            if install.manager == manager and builds:
                return each
    return None


def _may_start_toolchain(build: Build, run: Run) -> bool:
    """Tell whether an image on top of a RUN's stage may start a language's toolchain."""
    stage = build.stage_of(run)
    return stage is None or any(map(_STARTS_TOOLCHAIN.search, started(build, stage)))


def removed_names(build: Build, run: Run) -> set[str | None]:
    """Return what this RUN, or one below it, removes by name."""
    from dlint.shell.effects import Remove

    found: set[str | None] = set()
    for each in _runs_from(build, run):
        for remove in build.effects(each).of(Remove):
            found |= remove.names
    return found


def _is_among(install: Install, names: AbstractSet[str | None]) -> bool:
    """Tell whether a package of an install, or the group that it makes of all, is among some."""
    return install.group in names or not names.isdisjoint(install.names)


def compiler_of_extensions(build: Build, run: Run) -> Run | None:
    """Return the first RUN, it or one on top of it, that compiles extensions of PHP, if it is told
    by name which packages are removed in all of them.
    """
    runs = [*_runs_from(build, run)]
    is_varied = any(_VARIED.search(str(name)) for name in removed_names(build, run))
    if is_varied or any(_MARKS.search(each.value.text) for each in runs):
        return None
    names = ((each, {command.name for command in build.script(each).commands}) for each in runs)
    return next((each for each, called in names if called & _COMPILES_PHP), None)


def _runs_from(build: Build, run: Run) -> Iterator[Run]:
    """Yield a RUN, and those on top of it in shipped images."""
    yield run
    for step in build.fact(shipping).later(run):
        if isinstance(step.instruction, Run):
            yield step.instruction


def user_of_compilers(build: Build, run: Run, install: Install) -> Run | None:
    """Return the first RUN, it or one on top of it, that compiles, or installs packages of a
    language, which may be compiled: in a shipped stage, or else in one that is not.
    """
    if _uses(build.effects(run), install.command.span.start):
        return run
    own = build.stage_of(run)
    if own is None:
        return None
    shipped, elsewhere = build.fact_of(_users, own)
    later = (each for each in shipped if each.index > run.index)
    return next(chain(later, elsewhere), None)


def _users(build: Build, stage: Stage) -> tuple[list[Run], list[Run]]:
    """Return the RUNs of a stage and of those on top of it that use compilers, or may: in shipped
    stages, and in others that are built.
    """
    shipped = build.fact(shipping).later(stage.from_)
    elsewhere = _steps_elsewhere(build, stage)
    return [*_using(build, shipped)], [*_using(build, elsewhere)]


def _using(build: Build, steps: Iterable[Step]) -> Iterator[Run]:
    for step in steps:
        if isinstance(step.instruction, Run) and _uses(build.effects(step.instruction), 0):
            yield step.instruction


def may_compile(build: Build, run: Run, *, holds_compiler: bool) -> bool:
    """Tell whether a RUN may compile, or bring what compiles: compilers, a script or program of
    which nothing is known, or packages of a language where the image `holds_compiler`.
    """
    from dlint.shell.effects import Fetch, Install, Unknown

    effects = build.effects(run)
    if not effects.known or any(map(_is_untold, effects.of(Unknown))):
        return True
    if _downloaded(effects.of(Fetch)):
        return True
    for install in effects.of(Install):
        if is_system_manager(install.manager):
            if any(map(_is_for_building, install.names)):
                return True
        elif holds_compiler or install.manager not in _NEED_COMPILERS:
            return True
    return False


def _is_untold(unknown: Unknown) -> bool:
    """Tell whether a command may bring a compiler: not where an interpreter runs the project."""
    name = unknown.command.name
    return not _RUNS_PROJECT.fullmatch(name) or "/" in unknown.command.word.form


def _is_for_building(name: str) -> bool:
    """Tell whether a package of the system is a compiler, or one of what builds with those."""
    return name in _BUILDS_WITH or is_tool(name)


def is_tool(name: str) -> bool:
    """Tell whether a package of the system is a compiler, or is there for one alone."""
    if name in _BESIDES or _COMPILER.match(name):
        return True
    return any(packages.match(name) for _, packages in _TOOLCHAINS)


def _is_of_tools(install: Install) -> bool:
    """Tell whether an install is of nothing but managers and their tools, which come finished:
    `mix local.hex`, `pip install --upgrade pip`, `npm install --global pnpm`.
    """
    if install.packages:
        return install.names <= _FINISHED
    return install.everywhere


def _steps_elsewhere(build: Build, own: Stage) -> Iterator[Step]:
    """Yield the steps of a stage and of those on top of it that are built and not pushed."""
    for stage in build.stages_on(own):
        if build.live(stage) and not build.shipped(stage):
            yield from build.steps(stage)


def _uses(effects: Effects, after: int) -> bool:
    from dlint.shell.effects import Install, Unknown

    for each in effects.items:
        if each.command.span.start <= after:
            continue
        match each:
            case Install() if not is_system_manager(each.manager) and not _is_of_tools(each):
                return True
            case Unknown() if each.command.name in _COMPILES:
                return True
    return False
