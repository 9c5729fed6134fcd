"""What a step of a stage reads and writes of the image's files, as far as that is sure."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from dlint.bytes import wildcards
from dlint.images.reference import parse_reference
from dlint.model.build import is_remote
from dlint.model.keys import ACCOUNTS, names_account
from dlint.model.scope import join
from dlint.model.tree import STANDARD
from dlint.reads.arrivals import arrivals
from dlint.reads.needs import lock_names, needs
from dlint.shell.managers import family, is_system_manager
from dlint.syntax import Add, Run, Transfer, Volume, Workdir
from dlint.text.paths import above, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.model.build import Build, Step
    from dlint.shell import Command, Effects, Install, Place, ShellWord
    from dlint.shell.effects import Effect
    from dlint.syntax import Mount
    from dlint.text.source import Span

# What programs, and package managers above all, read and write of their own accord (Filesystem
# Hierarchy Standard 3.0). The rest is for those who name it: /opt, /srv, /home, /tmp, and /usr/src,
# where images keep projects.
SYSTEM = (
    *(
        "/boot",
        "/dev",
        "/etc",
        "/proc",
        "/root",
        "/run",
        "/sys",
        "/var",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
    ),
    *(
        "/usr/lib32",
        "/usr/lib64",
        "/usr/libexec",
        "/usr/include",
        "/usr/share",
        "/usr/local",
        "/usr/games",
    ),
)
# /bin is taken for /usr/bin and so on, as it is in most of today's images; where it is not, no harm
# is done.
_MERGED = re.compile(r"/(?:bin|sbin|lib\w*)(?=/|$)")
_RUN = re.compile(r"/var(?=/(?:run|lock)(?:/|$))")
_ADDS_ACCOUNTS = frozenset(("useradd", "adduser", "groupadd", "addgroup"))
# Commands whose words are no paths, but for those with a slash or a dot at the start.
_WITHOUT_PATHS = frozenset(
    ("echo", "printf", "set", "export", "true", ":", "exit", *_ADDS_ACCOUNTS)
)
_CHANGES_ATTRIBUTES = frozenset(("chown", "chgrp", "chmod"))  # first word: an owner or a mode
# What the managers of a family make in the project's folder.
_MADE = {
    "node": ("node_modules", ".yarn", ".pnp.cjs", ".pnp.loader.mjs", ".pnpm-store"),
    "python": (".venv",),
    "go": (),
    "bundler": ("vendor/bundle", ".bundle"),
}
# Where bundler is told to put what it installs, or what it reads: then it may be any place.
_BUNDLE_FLAGS = ("--path", "--binstubs", "--standalone", "--gemfile", "--system", "--shebang")
_BUNDLE_VARIABLES = ("BUNDLE_PATH", "BUNDLE_BIN", "BUNDLE_GEMFILE")
# Official images of languages and distributions: none of them sets a USER.
_ROOT_IMAGES = frozenset(
    (
        *(
            "almalinux",
            "alpine",
            "amazoncorretto",
            "amazonlinux",
            "bash",
            "buildpack-deps",
            "busybox",
            "centos",
            "clojure",
        ),
        *(
            "composer",
            "debian",
            "eclipse-temurin",
            "elixir",
            "erlang",
            "fedora",
            "gcc",
            "golang",
            "haskell",
            "httpd",
            "julia",
        ),
        *(
            "maven",
            "nginx",
            "node",
            "openjdk",
            "oraclelinux",
            "perl",
            "php",
            "pypy",
            "python",
            "r-base",
            "rockylinux",
        ),
        *("ruby", "rust", "swift", "ubuntu"),
    )
)
_ROOT = frozenset(("root", "0", "0:0", "root:root"))
_LENDS_ROOT = regex(r"\b(?:sudo|doas)\b")
# Tests of `find` that take a path, or a command with some.
_FINDS_BY = frozenset(("-newer", "-samefile", "-exec", "-execdir", "-ok", "-fprint", "-fls"))
_TEST = regex(r"[-(!\\]")
_SYMBOLIC = regex(r"-\w*s|--symbolic\Z")
# What these print is a name or a number, and leads to no other folder.
_NO_PATH = regex(
    r"""
    \$\(\s*(?:arch|date|dpkg\s+--print-architecture|id|nproc|uname|whoami)(?:\s[^()`]*)?\)
  | `\s*(?:arch|date|dpkg\s+--print-architecture|id|nproc|uname|whoami)(?:\s[^()`]*)?`
    """,
    re.VERBOSE,
)
_OPEN = re.compile(r"[$`*?\[{]")


class Brought(NamedTuple):
    """What a COPY from the context puts at a place: its source, and what else the files' owner and
    mode depend on.
    """

    source: str
    attributes: object


class Footprint(NamedTuple):
    """Trees of the image (absolute paths, with all below them) that a step reads and writes; None:
    it may be any.

    A part of a path may be a pattern. `brings` tells what a plain copy from the context puts at the
    trees that it writes, `files` the same of each file. `folders` are those that a step makes where
    they are missing, each with all that its owner and mode depend on; `workdirs` those that a
    WORKDIR above it has made. `adds_accounts`: it may add users and groups, but changes none.
    `installs`: root installs what manifests name, and reads no more than those.
    """

    reads: tuple[str, ...] | None = ()
    writes: tuple[str, ...] | None = ()
    brings: Mapping[str, Brought] = {}
    files: Mapping[str, Brought] = {}
    folders: Mapping[str, object] = {}
    workdirs: frozenset[str] = frozenset()
    adds_accounts: bool = False
    installs: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether it may read or write any file."""
        return self.reads is None or self.writes is None

    def meets(self, later: Footprint) -> bool:
        """Tell whether the order of the two may matter; `later` stands below this one."""
        return (
            self._write_alike(later)
            or overlap(self.writes, later.reads)
            or self.reads_of(later)
            or bool(self.makes_for(later))
            or bool(later.makes_for(self))
        )

    def reads_of(self, later: Footprint) -> bool:
        """Tell whether this one reads what `later` writes."""
        reads = self.reads
        if reads is not None and later.adds_accounts:
            reads = tuple(path for path in reads if path not in ACCOUNTS)
        return overlap(reads, later.writes)

    def _write_alike(self, later: Footprint) -> bool:
        """Tell whether both write something, unless `later` brings a part of the very same once
        more.
        """
        if self.writes is None or later.writes is None:
            return overlap(self.writes, later.writes)
        pairs = [(one, other) for one in self.writes for other in later.writes if meet(one, other)]
        return not all(self.puts(other) == later.brings.get(other, ANYTHING) for _, other in pairs)

    def puts(self, place: str) -> Brought | None:
        """Return what this one puts at a place of the image; None where that is not known."""
        if place in self.files:
            return self.files[place]
        for tree, brought in self.brings.items():
            if place == tree:
                return brought
            if within(place, tree):
                return brought._replace(
                    source=posixpath.join(brought.source, place[len(tree) :].lstrip("/"))
                )
        return None

    def makes_for(self, other: Footprint) -> dict[str, object]:
        """Return the folders that this one makes and of which it matters to `other` who makes them,
        and when.
        """
        common = self.workdirs & other.workdirs
        return {
            folder: made
            for folder, made in self.folders.items()
            if folder not in common
            and (
                other.folders.get(folder, made) != made
                or overlap((folder,), other.reads)
                or (folder not in other.folders and overlap((folder,), other.writes))
            )
        }


ANYTHING = Footprint(None, None)


def overlap(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    """Tell whether two sets of trees have a path in common."""
    if some is None or others is None:
        return some != () and others != ()
    return any(meet(one, other) for one in some for other in others)


def meet(one: str, other: str) -> bool:
    """Tell whether one path may be the other, or hold it."""
    if "/" in {one, other}:
        return True
    return all(map(_may_be, one.split("/"), other.split("/")))


def _may_be(one: str, other: str) -> bool:
    if one == other:
        return True
    wild, others_wild = wildcards.is_wild(one), wildcards.is_wild(other)
    return (
        (wild and others_wild)
        or (wild and fnmatchcase(other, one))
        or (others_wild and fnmatchcase(one, other))
    )


class Footprints:
    """The footprints of the steps of a build."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._escape = build.dockerfile.escape

    def of(self, step: Step, workdirs: Iterable[str]) -> Footprint:
        """Return a step's footprint; `workdirs` are folders that a WORKDIR above it has made."""
        instruction = step.instruction
        made = frozenset(workdirs)
        found = Footprint()
        if self._escape == "`" and isinstance(instruction, Run | Transfer | Workdir):
            found = ANYTHING  # for Windows, whose paths are other ones
        elif isinstance(instruction, Run):
            found = _RunReader(self._build, step, instruction).read()
        elif isinstance(instruction, Transfer):
            found = self._transfer(step, instruction)
        elif isinstance(instruction, Workdir):
            found = self._workdir(step, instruction, made)
        elif isinstance(instruction, Volume):
            found = self._volume(step, instruction)
        return found._replace(workdirs=made)

    def folder(self, step: Step, workdir: Workdir) -> str | None:
        """Return the folder that a WORKDIR names; None where it is not known."""
        place = join(step.state.workdir, step.state.expand(workdir.rest.text, self._escape))
        return place and _plain(place)

    def _workdir(self, step: Step, workdir: Workdir, made: frozenset[str]) -> Footprint:
        """Stand for the folders that it makes, which belong to the user."""
        place = self.folder(step, workdir)
        if place is None:
            return ANYTHING
        missing = self._missing(step, (), [place]) - made
        owner = "" if _is_roots(self._build, step) else step.state.user
        return Footprint(
            folders=dict.fromkeys(missing, object() if owner is None else _attributes(owner, None))
        )

    def _missing(self, step: Step, places: Iterable[str], folders: Iterable[str]) -> set[str]:
        """Return those of `folders`, and of the folders above them and `places`, that the base may
        lack.
        """
        base: set[str] = set()
        if step.stage.outermost.is_external:
            base = {_plain(f"/{name}") for name in STANDARD} | {"/usr"}
        inside = (posixpath.join(folder, "x") for folder in folders)
        return {folder for place in chain(places, inside) for folder in above(place)} - base

    def _volume(self, step: Step, volume: Volume) -> Footprint:
        """Stand for all that a volume holds: the classic builder throws away what is written to it
        later.
        """
        places = [
            join(step.state.workdir, step.state.expand(word.text, self._escape))
            for word in volume.words
        ]
        known = tuple(_plain(place) for place in places if place)
        return Footprint(writes=known) if len(known) == len(places) else ANYTHING

    def _transfer(self, step: Step, transfer: Transfer) -> Footprint:
        place = self._destination(step, transfer)
        owner = step.state.expand(transfer.chown, self._escape) if transfer.chown else ""
        if place is None or owner is None:
            return ANYTHING
        landing = self._landing(step, transfer, place)
        trees = [_plain(tree) for tree in landing]
        if self._leads_through_link(trees):
            return ANYTHING
        attributes = _attributes("" if owner in _ROOT else owner, transfer.chmod)
        brings = _brought(landing, attributes)
        files = self._files(transfer, attributes) if self._is_plain(step, transfer) else {}
        if transfer.link:
            # a linked layer is made apart, and brings its own folders whatever stands there
            folders = dict.fromkeys({each for tree in trees for each in above(tree)}, object())
        else:
            copied = [tree for tree in brings if tree not in files and not wildcards.is_wild(tree)]
            folders = dict.fromkeys(self._missing(step, trees, copied), attributes)
        reads = ACCOUNTS if names_account(owner) else ()
        return Footprint(reads, tuple(trees), brings, files, folders)

    def _destination(self, step: Step, transfer: Transfer) -> str | None:
        """Return where a COPY or ADD goes; None where that is not known."""
        if transfer.destination is None:
            return None
        to = step.state.expand(transfer.destination.text, self._escape)
        return None if to is None else join(step.state.workdir, to)

    def _goes_into_folder(self, step: Step, transfer: Transfer) -> bool:
        """Tell whether the destination is surely a folder for what is copied to land in."""
        text = transfer.destination.text if transfer.destination else ""
        to = step.state.expand(text, self._escape) or ""
        return len(transfer.sources) > 1 or to in {"", "."} or to.endswith(("/", "/."))

    def _leads_through_link(self, trees: Iterable[str]) -> bool:
        return any(tree != link and within(tree, link) for tree in trees for link in self._links)

    def _files(self, transfer: Transfer, attributes: object) -> dict[str, Brought]:
        """Return the files that a plain copy brings, by their places in the image."""
        selection = self._build.selection(transfer)
        landed = selection.entries if selection else ()
        sources = {f"/{each.path}": each.source for each in landed if each.entry.kind != "dir"}
        return _brought(sources, attributes)

    def _is_plain(self, step: Step, transfer: Transfer) -> bool:
        """Tell whether a COPY or ADD takes paths of the context as they are, all of each."""
        apart = (
            transfer.from_
            or transfer.heredocs
            or transfer.parents
            or transfer.excludes
            or transfer.link
        )
        if apart or not isinstance(transfer, Add):
            return not apart
        arrival = self._build.fact(arrivals).of(step, transfer)
        return (
            arrival is not None
            and arrival.copied
            and not any(is_remote(word.text) for word in transfer.sources)
        )

    def _landing(self, step: Step, transfer: Transfer, place: str) -> Mapping[str, str | None]:
        """Return what a COPY may write, each tree with its source in the context; None where it is
        no plain copy.

        Files that go into a folder are told one by one, by name or pattern.
        """
        texts = [step.state.expand(word.text, self._escape) for word in transfer.sources]
        if not self._is_plain(step, transfer) or None in texts:
            return {place: None}
        sources = [posixpath.normpath(f"/{text}").lstrip("/") for text in texts]
        into_folder = self._goes_into_folder(step, transfer)
        if into_folder and all(self._names_files(source) for source in sources):
            return {
                posixpath.join(place, posixpath.basename(source)): (
                    source if not wildcards.is_wild(posixpath.dirname(source)) else None
                )
                for source in sources
            }
        entry = self._build.context.entries.get(sources[0])
        is_folder = len(sources) == 1 and (
            not sources[0] or (entry is not None and entry.kind == "dir")
        )
        return {place: sources[0] if is_folder else None}

    def _names_files(self, source: str) -> bool:
        """Tell whether a source names a file, or, by a pattern, files alone."""
        entries = self._build.context.entries
        if not wildcards.is_wild(source):
            return source in entries and entries[source].kind == "file"
        found = [entry for entry in entries.values() if wildcards.matches(source, entry.path)]
        return bool(found) and all(entry.kind == "file" for entry in found)

    @cached_property
    def _links(self) -> frozenset[str]:
        """Where symbolic links are made that a later path may lead through."""
        return frozenset(
            _plain(place)
            for stage in self._build.stages
            for step in self._build.steps(stage)
            for place in self._links_of(step)
        )

    def _links_of(self, step: Step) -> Iterator[str]:
        """Yield where a step makes symbolic links."""
        from dlint.shell.effects import Create

        match step.instruction:
            case Run() as run:
                for made in self._build.effects(run, step.state).of(Create):
                    if made.command.name == "ln" and made.place.path:
                        yield made.place.path
            case Transfer() as transfer:
                selection = self._build.selection(transfer)
                for landed in selection.entries if selection else ():
                    if landed.entry.kind == "symlink":
                        yield f"/{landed.path}"


class _RunReader:
    """Goes through what a RUN does, and gives up where a path is not known."""

    def __init__(self, build: Build, step: Step, run: Run) -> None:
        self._build = build
        self._step = step
        self._run = run
        self._effects: Effects = build.effects(run, step.state)
        self._reads: set[str] = set(SYSTEM)
        self._writes: set[str] = set()
        self._entered: set[str] = set()
        self._manifests: set[str] = set()
        self._adds_accounts = True
        self._installs = False
        state = step.state
        self._home = state.values.get("HOME") or ("/root" if state.is_root else None)

    def read(self) -> Footprint:
        """Return the RUN's footprint."""
        managed = {effect.command.span for effect in self._effects.items if _is_managed(effect)}
        known = (
            self._effects.known
            and all(map(self._mount, self._run.mounts))
            and all(map(self._effect, self._effects.items))
            and all(self._command(each, managed) for each in self._build.script(self._run).commands)
        )
        if not known:
            return ANYTHING
        self._reads |= self._variables
        self._reads |= {
            folder
            for folder in self._entered
            if not any(within(path, folder) for path in self._reads)
        }
        reads, writes = (tuple(sorted(map(_plain, paths))) for paths in (self._reads, self._writes))
        return Footprint(reads, writes, adds_accounts=self._adds_accounts, installs=self._installs)

    def _mount(self, mount: Mount) -> bool:
        if mount.type in {"secret", "ssh"}:
            return True
        state = self._step.state
        place = join(
            state.workdir,
            state.expand(mount.target, self._build.dockerfile.escape) if mount.target else None,
        )
        self._writes.add(place or "/")
        return place is not None and mount.type in {"cache", "tmpfs"}

    @cached_property
    def _variables(self) -> set[str]:
        """The paths that variables hold: a program may follow them."""
        values = self._step.state.known_environment.values()
        parts = {part for value in values for part in re.split(r"[:;=, ]", value)}
        return {posixpath.normpath(part) for part in parts if re.match(r"/[^/]", part)}

    def _command(self, command: Command, managed: set[Span]) -> bool:
        """Add the paths that a command names; what a manager is told are packages, but for what
        looks like a path.
        """
        here = join(self._step.state.workdir, command.cwd or ".")
        is_managed = command.span in managed
        takes_paths = not is_managed and command.name not in _WITHOUT_PATHS
        targets = [redirect.target for redirect in command.redirects if redirect.target]
        for word in [*_words_with_paths(command), *targets]:
            is_path = takes_paths or word.glob or word in targets
            for form in _parts_of(word):
                if not (is_path or _looks_like_path(form)):
                    continue
                path = self._path(word, form, here)
                if path is None:
                    return False
                (self._entered if command.name == "cd" else self._reads).add(path)
                if is_managed and path not in self._manifests:
                    self._writes.add(path)
        return True

    def _path(self, word: ShellWord, form: str, here: str | None) -> str | None:
        """Return the tree that surely holds what a part of a word names."""
        if form.startswith("-"):
            # A flag with a path for its value, but where the path begins only the program knows.
            return None
        if form.startswith("~"):
            if self._home is None or form[1:2] not in {"", "/"}:
                return None
            form = f"{self._home}{form[1:]}"
        form = _NO_PATH.sub("x", form)
        match = _OPEN.search(form) if word.text is None or word.glob else None
        if match is None:
            return join(here, form)
        if word.text is None and not form.startswith("/"):
            return None
        return join(
            here, form[: match.start()].rpartition("/")[0] or ("/" if form.startswith("/") else ".")
        )

    def _effect(self, effect: Effect) -> bool:
        from dlint.shell.effects import (
            CacheKept,
            CacheLeft,
            Clean,
            Install,
            Refresh,
            Remove,
            Unknown,
        )

        if isinstance(effect, Unknown):
            return False
        if isinstance(effect, Install):
            return (
                self._system(effect)
                if is_system_manager(effect.manager)
                else self._language(effect)
            )
        if isinstance(effect, Refresh | Remove):
            self._writes.update(SYSTEM)
            return is_system_manager(effect.manager)
        if isinstance(effect, Clean):
            return self._at_home()
        if isinstance(effect, CacheLeft | CacheKept):
            self._writes.update(path for path in effect.paths if path.startswith("/"))
            return True
        return all(self._writes_to(effect, place) for place in _places(effect))

    def _writes_to(self, effect: Effect, place: Place) -> bool:
        path = _known(place)
        if path is None or path == "/":
            return False
        self._writes.add(path)
        self._reads.add(path)
        if meet(path, "/etc") and effect.command.name not in _ADDS_ACCOUNTS:
            self._adds_accounts = False
        return True

    def _at_home(self) -> bool:
        if self._home is None:
            return False
        self._writes.update((*SYSTEM, "/tmp", posixpath.join(self._home, ".*")))  # noqa: S108  a path of the image
        return True

    def _system(self, install: Install) -> bool:
        """Add what packages by name do; a package file, or a list of names that is no word, may do
        anything.
        """
        self._writes.update(SYSTEM)
        by_name = bool(install.packages) and all(
            package.kind == "index" for package in install.packages
        )
        return (by_name or install.upgrade) and not install.manifests and not install.projects

    def _language(self, install: Install) -> bool:
        """Add what an install of Python, Node or Go does, where its manifests say all that it
        reads.
        """
        kind = family(install.manager)
        if kind not in _MADE or install.hidden or install.projects or not self._at_home():
            return False
        if kind == "bundler" and self._bundles_elsewhere(install):
            return False
        self._writes |= self._variables
        here = list(self._build.fact(arrivals).before(self._step.stage, self._run))
        read = needs(self._build, install, here, self._step.state.workdir)
        if not install.manifests or (install.packages and not read.files):
            return _by_name(install, kind)
        folders = self._add_manifests(install.manifests)
        if folders is None:
            return False
        self._reads |= self._manifests
        self._reads.update(
            place for arrival in here for place, path in arrival.files.items() if path in read.files
        )
        self._add_made(install, kind, folders)
        # anybody else minds who owns the project's folder
        self._installs = _is_roots(self._build, self._step)
        return read.proved

    def _add_manifests(self, manifests: Iterable[Place]) -> set[str] | None:
        """Add the manifests of an install, and return their folders; None where one is not
        known.
        """
        folders: set[str] = set()
        for manifest in manifests:
            path = manifest.rooted
            if path is None or path.startswith("/?"):
                return None
            # a footprint's pattern stands for one name, `**/` for any number of them
            self._manifests.add((_known(manifest) or "/") if "**/" in path else path)
            folders.add(posixpath.dirname(path.partition("/*")[0] + "/x" if "/*" in path else path))
        return folders

    def _add_made(self, install: Install, kind: str, folders: Iterable[str]) -> None:
        """Add what an install makes in its projects' folders, and Go in its own."""
        names = (*_MADE[kind], *(() if install.locked else _rewritten(install, kind)))
        self._writes.update(posixpath.join(folder, name) for folder in folders for name in names)
        if kind == "go":
            self._writes.update(("/go", posixpath.join(self._home or "/", "go")))

    def _bundles_elsewhere(self, install: Install) -> bool:
        flagged = any(word.form.startswith(_BUNDLE_FLAGS) for word in install.command.args)
        return flagged or not self._step.state.values.keys().isdisjoint(_BUNDLE_VARIABLES)


def _is_roots(build: Build, step: Step) -> bool:
    """Tell whether it is surely root who runs a step."""
    if step.state.user is not None:
        return step.state.user in _ROOT
    outermost = step.stage.outermost
    if not outermost.is_external or outermost.index in build.fact(_roots_bases):
        return True
    try:
        reference = parse_reference(outermost.image or "")
    except ValueError:
        return False
    return reference.is_copied and reference.name in _ROOT_IMAGES


def _roots_bases(build: Build) -> frozenset[int]:
    """Return the stages, by index, on whose bases something is done that none but root can. A
    fact.
    """
    steps = (
        step for stage in build.stages for step in build.steps(stage) if step.state.user is None
    )
    return frozenset(
        step.stage.outermost.index
        for step in steps
        if isinstance(run := step.instruction, Run)
        and not _LENDS_ROOT.search(run.value.text)
        and any(map(_takes_root, build.effects(run, step.state).items))
    )


def _takes_root(effect: Effect) -> bool:
    """Tell whether a RUN fails unless root installs packages of the system, or makes something
    beside its folders.
    """
    from dlint.shell.effects import Create, Install, Refresh

    if isinstance(effect, Install | Refresh):
        takes = is_system_manager(effect.manager)
    else:
        takes = isinstance(effect, Create) and posixpath.dirname(effect.place.path or "?") in {
            "/",
            "/etc",
            "/opt",
        }
    return takes and effect.command.certain and effect.command.user is None


def _brought(sources: Mapping[str, str | None], attributes: object) -> dict[str, Brought]:
    """Return what comes to the places whose sources are known."""
    return {
        _plain(place): Brought(source, attributes)
        for place, source in sources.items()
        if source is not None
    }


def _attributes(owner: str | None, chmod: str | None) -> tuple[str | None, str | None]:
    """Return what the owner and mode of a copied file, and of the folders made for it, depend
    on.
    """
    return owner, chmod


def _by_name(install: Install, kind: str) -> bool:
    """Tell whether packages are installed from the index by name, without a look at a project."""
    by_name = bool(install.packages) and all(
        package.kind == "index" for package in install.packages
    )
    return by_name and (kind == "python" or (install.everywhere and install.manager == "npm"))


def _rewritten(install: Install, kind: str) -> tuple[str, ...]:
    """Return what an install that does not hold to its lock file may write anew."""
    return (*(("package.json",) if kind == "node" else ()), *lock_names(install.manager))


def _words_with_paths(command: Command) -> list[ShellWord]:
    """Return a command's arguments but for the dashes, the owner or mode that chown takes, the
    tests of `find`, and what a symbolic link is only to point to.
    """
    words = [word for word in command.args if word.form not in {"-", "--"}]
    if command.name == "find" and _FINDS_BY.isdisjoint(word.form for word in words):
        roots = takewhile(lambda word: not _TEST.match(word.form), words)
        return list(roots) or words
    if _links_softly(command):
        return [word for word in words[:-1] if word.text is not None] + words[-1:]
    if command.name not in _CHANGES_ATTRIBUTES:
        return words
    attribute = next((word for word in words if not word.form.startswith("-")), None)
    return [word for word in words if word is not attribute]


def _parts_of(word: ShellWord) -> list[str]:
    """Return the parts of a word that may each be a path: not of an address, and no plain flag."""
    if "://" in word.form:
        return []
    parts = re.split(r"[=@,]|file:", word.form)
    return [part for part in parts if part and not re.fullmatch(r"-[^/]*", part)]


def _looks_like_path(form: str) -> bool:
    return "/" in form or form.startswith((".", "~"))


def _is_managed(effect: Effect) -> bool:
    from dlint.shell.effects import Clean, Install, Refresh, Remove

    return isinstance(effect, Install | Refresh | Remove | Clean)


def _links_softly(command: Command) -> bool:
    """Tell whether a command makes symbolic links: what they point to is neither read nor
    written.
    """
    return command.name == "ln" and any(_SYMBOLIC.match(word.form) for word in command.args)


def _places(effect: Effect) -> Iterator[Place]:
    from dlint.shell.effects import Create, Place

    if isinstance(effect, Create) and _links_softly(effect.command):
        return iter((effect.place,))
    return (value for value in effect if isinstance(value, Place))


def _known(place: Place) -> str | None:
    """Return the tree that surely holds a place."""
    if place.path is not None and not place.glob:
        return place.path
    if not place.form.startswith("/"):
        return None
    return _OPEN.split(place.form)[0].rpartition("/")[0] or "/"


def _plain(path: str) -> str:
    """Return a path as it is where `/bin` is a link to `/usr/bin`, and `/var/run` one to `/run`."""
    if _MERGED.match(path):
        return f"/usr{path}"
    return _RUN.sub("", path, count=1) if _RUN.match(path) else path
