"""What a command asks of a package manager, by the table in `dlint.shell.managers`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint.shell.arguments import Arguments, after, arguments
from dlint.shell.managers import (
    APT,
    BUILD,
    INSTALL,
    MANAGERS,
    REFRESH,
    VARIABLE,
    Cache,
    Manager,
    Verb,
)
from dlint.shell.packages import Package, package
from dlint.shell.wrappers import SHELLS
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dlint.shell.script import Command, ShellWord

_BY_COMMAND = {command: manager for manager in MANAGERS for command in manager.commands}
_PYTHON = regex(r"(?:python|pypy)[\d.]*\Z")
_VERSIONED = regex(r"(pip|gem|bundle|mix|cpan)-?\d[\d.]*\Z")
_R_INSTALL = regex(
    r"\b(?:install\.packages|pak::pkg_install|BiocManager::install|install_github|remotes::install_\w+|renv::restore)\b"
)
_RENV_FILES = ("renv.lock", ".Rprofile", "renv/activate.R", "renv/settings.*")
MAX_FLAGS = 4  # `npm --global config set`: few flags stand before `config`
_STARTERS = SHELLS | {"corepack", "npx", "php"}
_SUBSTITUTED = regex(
    r"(?:\$\(|`)\s*(?:sudo\s+)?(?:\S*python[\d.]*\s+-m\s+)?(?:[^\s()`]*/)?([^\s()`/]+)\s"
)
# NodeSource's and packagecloud's scripts, made to be given to a shell: they run `apt-get update`
# and install with apt.
_SETUP = regex(r"//deb\.nodesource\.com/setup|/script\.deb\.sh\b")
_FALSE = frozenset(["", "0", "false", "no", "off", "n"])
# `npm config set cache X` and the like, told as the variable that would say the same.
_SETTINGS = {
    ("pip", "global.no-cache-dir"): "PIP_NO_CACHE_DIR",
    ("pip", "install.no-cache-dir"): "PIP_NO_CACHE_DIR",
    ("pip", "global.cache-dir"): "PIP_CACHE_DIR",
    ("npm", "cache"): "npm_config_cache",
    ("yarn", "cache-folder"): "YARN_CACHE_FOLDER",
    ("yarn", "cacheFolder"): "YARN_CACHE_FOLDER",
    ("pnpm", "store-dir"): "npm_config_store_dir",
    ("poetry", "cache-dir"): "POETRY_CACHE_DIR",
    ("composer", "cache-dir"): "COMPOSER_CACHE_DIR",
    ("bundler", "deployment"): "BUNDLE_DEPLOYMENT",
    ("bundler", "frozen"): "BUNDLE_FROZEN",
    ("bundler", "without"): "BUNDLE_WITHOUT",
    ("bundler", "path"): "BUNDLE_PATH",
}


class Action(NamedTuple):
    """A command as a manager reads it; `words` are its operands after the subcommand."""

    command: Command
    manager: Manager
    verb: Verb
    arguments: Arguments
    words: tuple[ShellWord, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        """What it names to install or remove; a folder of one's own is a project, not a package."""
        if not self.verb.packages:
            return ()
        words = [
            word for word in self.words if not word.form.startswith("-")
        ]  # `gem install x -- --build-flag`
        found = [package(self.manager.grammar, word) for word in (*words, *self._editable)]
        if self.verb.project:
            editable = set(self._editable)
            found = [one for one in found if not self._is_project(one.word, editable)]
        return tuple(self._versioned(found))

    @property
    def _editable(self) -> tuple[ShellWord, ...]:
        return self.arguments.values("-e", "--editable") if self.manager.grammar == "pip" else ()

    def _versioned(self, found: Iterable[Package]) -> Iterable[Package]:
        """Apply flags that name a version (`gem install x -v 1.2`) or a commit (`cargo install
        --git U --rev R`).
        """
        version = (
            self.arguments.value(*self.manager.version_flags)
            if self.manager.version_flags
            else None
        )
        if (
            self.manager.grammar == "luarocks" and len(self.words) > 1
        ):  # luarocks install NAME VERSION
            version, found = self.words[1], list(found)[:1]
        commit = self.arguments.has("--rev", "--tag")
        for one in found:
            if version is not None:
                exact = (
                    None
                    if version.text is None
                    else bool(re.match(r"[=v]?\d[\w.+-]*\Z", version.text))
                )
                yield one._replace(version=version.form, exact=exact)
            else:
                yield one._replace(exact=True) if commit else one

    @property
    def projects(self) -> tuple[ShellWord | None, ...]:
        """Folders whose own source is installed or built; None is the project's folder."""
        if not self.verb.project or self.arguments.has(*self.manager.no_project):
            return ()
        if self.verb.project == ".":
            return (None,)
        paths = [
            word
            for word in (*self.words, *self._editable)
            if self._is_project(word, self._editable)
        ]
        if self.manager.grammar == "go":
            return (None,) if paths or not self.words else ()
        return tuple(paths) or ((None,) if self.verb.does == BUILD else ())

    def _is_project(self, word: ShellWord, editable: Collection[ShellWord]) -> bool:
        if self.verb.does == BUILD:
            return not word.form.startswith("/p:") and word.form not in {"true", "false"}
        one = package(self.manager.grammar, word)
        return (
            one.kind == "path" or (word in editable and one.kind == "index")
        ) and not _is_archive(one.name)

    @property
    def directory(self) -> ShellWord | None:
        """The folder that a flag makes the project's."""
        return self.arguments.value(*self.manager.directories) if self.manager.directories else None

    @property
    def reads(self) -> tuple[ShellWord, ...]:
        """Files named on the command line that say what to install."""
        named = self.arguments.values(*self.manager.reads, *self.manager.project_files)
        return (
            (*named, *self.words)
            if self.manager.grammar == "dotnet" and not self.verb.packages
            else named
        )

    @property
    def files(self) -> tuple[str, ...]:
        """Patterns of the project files that it reads."""
        skipped = self.verb.bare and (self.words or self.reads or self.everywhere)
        return () if skipped or self.everywhere else self.verb.files

    @property
    def everywhere(self) -> bool:
        """Whether it installs for the whole image, not for a project."""
        return self.verb.everywhere or self.arguments.has(*self.manager.everywhere)

    @property
    def cleans(self) -> frozenset[str]:
        """The kinds of caches that a cleaning command empties; none named is all."""
        alike = [
            verb
            for verb in self.manager.verbs
            if verb.words == self.verb.words and _applies(verb, self.arguments)
        ]
        return frozenset(kind for verb in alike for kind in verb.cleans)

    @property
    def offline(self) -> bool:
        """Whether a build fetches nothing."""
        return self.verb.does == BUILD and self._given(self.manager.offline)

    def locked(self, env: Mapping[str, str | None]) -> bool | None:
        """Whether it installs what a lock file says; None where there is no such notion."""
        if self._given(self.manager.unlocked):
            return False
        if self._given(self.manager.locked):
            return True
        if self.verb.locked is False:
            return any(is_set(env, name) for name in self.manager.locked_variables)
        return self.verb.locked

    def dev(self, env: Mapping[str, str | None]) -> bool | None:
        """Whether development dependencies come along; None where there is no such notion."""
        if self.manager.dev_default is None or not self.files or self.verb.does != INSTALL:
            return None
        if self._given(self.manager.dev):
            return True
        if self._given(self.manager.no_dev) or any(
            is_set(env, name) for name in self.manager.no_dev_variables
        ):
            return False
        return self.manager.dev_default

    def _given(self, flags: Iterable[str]) -> bool:
        """Whether one of the flags stands there; "--omit=dev" asks for that value, in a list or
        alone.
        """
        for flag in flags:
            name, equals, wanted = flag.partition("=")
            found = self.arguments.flags.get(name, ())
            if not equals and found:
                return True
            if any(wanted in re.split(r"[\s,:]+", _value(word, name)) for word in found):
                return True
        return False

    def places(self, cache: Cache, env: Mapping[str, str | None], user: str) -> tuple[str, ...]:
        """Return where the cache may lie, likeliest first; empty where a flag or variable keeps it
        away.
        """
        if self.arguments.has(*cache.off) or any(
            is_set(env, name) or (name == "PIP_NO_CACHE_DIR" and env.get(name))
            for name in cache.off_variables
        ):
            return ()
        if cache.on and not (
            self.arguments.has(*cache.on) or any(is_set(env, name) for name in cache.on)
        ):
            return ()
        found = self._named(cache, env)
        if found is None:
            templates = [
                t.removeprefix("root:")
                for t in cache.defaults
                if user == "root" or not t.startswith("root:")
            ]
            found = tuple(
                path for path in (_filled(template, env) for template in templates) if path
            )
        return (
            tuple(f"{path}/{below}" for path in found for below in cache.below)
            if cache.below
            else found
        )

    def _named(self, cache: Cache, env: Mapping[str, str | None]) -> tuple[str, ...] | None:
        """Return where a flag or a variable puts the cache: empty where that is not known, None
        where none does.
        """
        flag = self.arguments.value(*cache.flags) if cache.flags else None
        if flag is not None:
            return (flag.text,) if flag.text else ()
        for template in cache.named:
            if any(env.get(name, "") is None for name in VARIABLE.findall(template)):
                return ()
            path = _filled(template, env)
            if path:
                return (path,)
        return None


def _is_archive(name: str) -> bool:
    return name.endswith((".whl", ".tar.gz", ".zip", ".tgz", ".deb", ".rpm", ".apk", ".gem"))


def _value(word: ShellWord, name: str) -> str:
    """Return the value that a flag's word holds; a flag without one is its own word."""
    return word.form.partition("=")[2] if word.form.startswith(f"{name}=") else word.form


def is_set(env: Mapping[str, str | None], name: str) -> bool:
    """Whether a variable switches something on; "NAME=value" asks for that value. An unknown value
    counts as on.
    """
    name, equals, wanted = name.partition("=")
    if name not in env:
        return False
    value = env[name]
    if value is None:
        return not equals
    return value == wanted if equals else value.lower() not in _FALSE


def _filled(template: str, env: Mapping[str, str | None]) -> str | None:
    """Fill a template's variables in; None where one is not known. Of a list of folders (GOPATH),
    the first counts.
    """
    if not all(env.get(name) for name in VARIABLE.findall(template)):
        return None
    return VARIABLE.sub(lambda match: (env[match[1]] or "").partition(":")[0], template)


def manager_named(name: str) -> Manager:
    """Return the manager that an effect names."""
    return next(manager for manager in MANAGERS if manager.name == name)


def manager_of(command: Command) -> Manager | None:
    """Return the manager that a command starts, whatever it asks of it."""
    return _manager(command.name, command.args)[0]


def asked(form: str) -> Manager | None:
    """Return the manager that a word asks something in a substitution: `$(pip cache dir)`."""
    found = _SUBSTITUTED.search(form)
    return _manager(found[1], ())[0] if found else None


def setup(command: Command, url: str) -> Action | None:
    """Return what a well-known script refreshes that `command` fetches from `url`, or starts."""
    return _refresh_of_apt(command) if _SETUP.search(url) else None


def setup_of_system(command: Command) -> Action | None:
    """Return what Playwright refreshes: it runs `apt-get update`, and installs with apt what its
    browsers need.
    """
    words = [word.form for word in (command.word, *command.args)]
    at = next(
        (at for at, word in enumerate(words) if word.rpartition("/")[2] == "playwright"), len(words)
    )
    rest = words[at + 1 :]
    found = "install-deps" in rest[:1] or ("install" in rest[:1] and "--with-deps" in rest)
    return _refresh_of_apt(command) if found else None


def _refresh_of_apt(command: Command) -> Action:
    verb = next(verb for verb in APT.verbs if verb.does == REFRESH)
    return Action(command, APT, verb, Arguments({}, ()), ())


def action(command: Command) -> Action | None:
    """Return what the command asks of a package manager; None where it asks nothing that the table
    knows.
    """
    manager, args = _manager(command.name, command.args)
    if manager is None:
        return None
    given = arguments(args, manager.values, clusters=manager.clusters)
    if given.has("--help", "--version") and not manager.version_flags:
        return None
    return _goal(command, manager, given) if manager.goals else _subcommand(command, manager, given)


def _manager(
    name: str, args: tuple[ShellWord, ...]
) -> tuple[Manager | None, tuple[ShellWord, ...]]:
    """Return the manager that a command starts, and its arguments."""
    if name in _BY_COMMAND:
        return _BY_COMMAND[name], args
    if match := _VERSIONED.match(name):
        return _BY_COMMAND.get(match[1]), args
    inner = _started(name, args)
    if inner is None:
        return None, args
    base = inner[0].form.rpartition("/")[2]
    versioned = _VERSIONED.match(base)
    return _BY_COMMAND.get(versioned[1] if versioned else base), inner[1:]


def _started(name: str, args: tuple[ShellWord, ...]) -> tuple[ShellWord, ...] | None:
    """Return the manager's name and arguments after what starts it: `python -m pip`, `corepack
    yarn`, `sh mvnw`.
    """
    if _PYTHON.match(name):
        flags = next(
            (at for at, word in enumerate(args) if not re.match(r"-[A-Za-ln-z]", word.form)),
            len(args),
        )
        return args[flags + 1 :] if len(args) > flags + 1 and args[flags].form == "-m" else None
    if name in _STARTERS and args:
        base = args[0].form.rpartition("/")[2]
        wanted = (
            {"composer", "composer.phar"}
            if name == "php"
            else {"mvnw", "gradlew"}
            if name in SHELLS
            else None
        )
        if base in (wanted if wanted is not None else {"yarn", "pnpm", "npm"}):
            return args
    return None


def _subcommand(command: Command, manager: Manager, given: Arguments) -> Action | None:
    texts = [word.form for word in given.operands[:3]]
    for length in range(len(texts), -1, -1):
        name = " ".join(texts[:length])
        for verb in manager.verbs:
            if (
                verb.words == name
                and _applies(verb, given)
                and (name or verb.packages or not texts)
            ):
                return Action(command, manager, verb, given, given.operands[length:])
    return None


def _applies(verb: Verb, given: Arguments) -> bool:
    return (not verb.needs or given.has(*verb.needs)) and not given.has(*verb.without)


def _goal(command: Command, manager: Manager, given: Arguments) -> Action | None:
    """Read goals or tasks: whatever they are called, running one resolves dependencies."""
    goals = [word.form.rpartition(":")[2] for word in given.operands]
    by_name = {verb.words: verb for verb in manager.verbs}
    named = next((by_name[goal] for goal in goals if goal in by_name), None)
    if named is None and all(goal in manager.harmless for goal in goals):
        return None
    return Action(command, manager, named or by_name[""], given, ())


def installs_from_r(command: Command) -> bool:
    """Whether `R -e CODE` or `Rscript -e CODE` installs packages."""
    return command.name in {"R", "Rscript"} and any(
        _R_INSTALL.search(word.form) for word in command.args
    )


def read_by_r(command: Command) -> tuple[str, ...]:
    """Return the project files by which `renv::restore()` installs."""
    return _RENV_FILES if any("renv::restore" in word.form for word in command.args) else ()


def setting(command: Command) -> tuple[str, str | None] | None:
    """Return the variable and value that say the same as a manager's own `config set` command."""
    if not any(word.form in {"config", "env"} for word in command.args[:MAX_FLAGS]):
        return None
    manager, args = _manager(command.name, command.args)
    operands = arguments(args, ()).operands
    words = [word.form for word in operands]
    if manager is None or not words:
        return None
    if manager.name == "go" and words[0] == "env" and len(words) > 1 and "=" in words[1]:
        name, _, value = words[1].partition("=")
        return name, value if operands[1].text is not None else None
    if words[0] != "config":
        return None
    at = 2 if words[1:2] == ["set"] else 1
    key = words[at] if len(words) > at else ""
    key, equals, _ = key.partition("=")
    variable = _SETTINGS.get((manager.name, key))
    if variable is None:
        return None
    value_word = (
        after(operands[at], len(key) + 1)
        if equals
        else operands[at + 1]
        if len(operands) > at + 1
        else None
    )
    return variable, value_word.text if value_word is not None else None
