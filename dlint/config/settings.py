"""Settings: the nearest `dlint.toml`, `.dlint.toml` or `[tool.dlint]`, overlaid by the command
line.

One file decides for each Dockerfile, without merging: the nearest above it. In one folder
`dlint.toml` goes before `.dlint.toml`, and that before `pyproject.toml`, which counts only where it
has the table. Where there is none, the user's own file counts. Patterns and folders are relative to
the file's own folder, or to the working directory in the user's own and in one that `--config`
names.

What is found above a Dockerfile may be a stranger's, wherever it lies: a pull request's, or another
user's in /tmp. Therefore it may not set what `config_keys.KEYS` and the rules call user-only, nor
name a build context outside of its repository. Such keys count from the command line, from a file
that `--config` names and from the user's own, and from that under every other file.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.config.keys import KEYS, Where, read_option
from dlint.errors import DlintError, UnreadableError
from dlint.findings import MIN_BYTES, Severity
from dlint.model import Options
from dlint.packages import OnlineSettings
from dlint.project.contexts import likely_contexts, repository_root
from dlint.rule.own import SYNTAX_ERROR
from dlint.rule.selectors import covers, require_known, specificity, suggestion
from dlint.sizes.sources import Asked
from dlint.text.globs import matches
from dlint.text.repository_files import read_if_there
from dlint.text.safe import toml_table
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.config.limits import Limit
    from dlint.images.recorded import RecordedImage
    from dlint.rule.rule import Rule
    from dlint.sizes.sources import Source

LEAST_BYTES = 1000
FILES = ("dlint.toml", ".dlint.toml", "pyproject.toml")


class Overrides(NamedTuple):
    """What the command line says; None where it says nothing. All of it can be pickled.

    Where it is `offline`, no rule has an option that only the user may set: such ones open
    connections.
    """

    config: str | None = None
    isolated: bool = False
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    preview: bool = False
    fail_on: str | None = None
    least_bytes: int | None = None
    exclude: tuple[str, ...] = ()
    context: str | None = None
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    builder: str | None = None
    cache: str | None = None
    online: bool | None = None
    recorded: RecordedImage | None = None
    contexts: frozenset[str] = frozenset()
    offline: bool = False


class File(NamedTuple):
    """A configuration file: its table, and whether it was `found`, so that it may be a stranger's,
    or named.
    """

    values: Mapping[str, Any] = {}
    where: Where = Where("", "")
    found: bool = False


class Settings:
    """All settings for the Dockerfiles that one configuration file rules; `root` is what its paths
    are relative to.

    `warnings` say what of a repository's file is ignored.
    """

    def __init__(
        self,
        rules: Callable[[], Mapping[str, Rule]],
        overrides: Overrides,
        file: File,
        user: Settings | None = None,
        source: Source | None = None,
    ) -> None:
        """Take the file, and the user's own settings, which hold under it where they are user-only;
        `source` tells what packages weigh.

        Raises DlintError with file and line where a value is unknown or wrong.
        """
        values, where, found = file
        self._load_rules = rules
        self._overrides = overrides
        self._where = where
        self._found = found
        self._user = user
        self._source = source
        self.path = where.path
        self.root = Path(where.path).parent if found else Path()
        self.warnings: list[str] = []
        self._options: dict[str, dict[str, Any]] = {}
        self._contexts: dict[Path, tuple[Path, ...]] = {}
        own = {
            key: KEYS[key].read(value, where / key) for key, value in values.items() if key in KEYS
        }
        own = {
            key: value
            for key, value in own.items()
            if self._may_set(where / key, user_only=KEYS[key].user_only)
        }
        inherited: Mapping[str, Any] = user._values if user else {}  # noqa: SLF001  of the same class
        self._values: dict[str, Any] = {
            key: value for key, value in inherited.items() if KEYS[key].user_only
        } | own
        if found and "contexts" in own:
            self._values["contexts"] = dict(self._contexts_inside(own["contexts"]))
        for key in values:
            if key not in KEYS:
                self._read_family(key, values[key], where / key)

    def _may_set(self, where: Where, *, user_only: bool) -> bool:
        """Tell whether a value counts; warn of one that does not."""
        if user_only and self._found:
            self._warn(
                f"{where}: {where.key} is ignored: a file found above a Dockerfile may not set it"
            )
        return not (user_only and self._found)

    def _contexts_inside(self, contexts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the build contexts that lie in the file's repository, or below its folder; warn of
        others.
        """
        root = repository_root(Path(os.path.realpath(self.root)))
        for pattern, folder in contexts.items():
            if _is_inside(self.root / folder, root):
                yield pattern, folder
            else:
                where = self._where / "contexts" / pattern
                self._warn(
                    f"{where}: the build context {folder!r} is ignored: it is outside the"
                    " repository"
                )

    def _warn(self, text: str) -> None:
        own = user_file()
        whose = f"your own {own.as_posix()}" if own else "your own configuration file"
        text = f"{text}; {whose} or a file named by --config may set it"
        if text not in self.warnings:  # a family's table speaks to several rules
            self.warnings.append(text)

    @cached_property
    def all_rules(self) -> Mapping[str, Rule]:
        """Every rule there is, by name."""
        return self._load_rules()

    def _read_family(self, family: str, table: Any, where: Where) -> None:  # noqa: ANN401  what a TOML file holds
        """Read the options of a family's rules: those for all of them, and the tables of single
        rules.
        """
        family_rules = [rule for rule in self.all_rules.values() if rule.family == family]
        members = {rule.name.partition("/")[2]: rule for rule in family_rules}
        if not members:
            known = {*KEYS, *(rule.family for rule in self.all_rules.values())}
            raise DlintError(f"{where}: unknown key {family!r}", suggestion(family, known))
        if not isinstance(table, dict):
            raise where.wrong("a table", table)
        shared = {option for rule in members.values() for option in rule.options}
        _require_known_keys(table, shared | members.keys(), where)
        for name, rule in members.items():
            self._options[rule.name] = self._read_rule(rule, name, table, where)

    def _read_rule(
        self, rule: Rule, name: str, table: Mapping[str, Any], where: Where
    ) -> dict[str, Any]:
        """Read the options of one rule: the family's that it has, then its own table's, which
        win.
        """
        own = table.get(name, {})
        if not isinstance(own, dict):
            raise (where / name).wrong("a table", own)
        _require_known_keys(own, rule.options, where / name)
        values = [(key, table[key], where / key) for key in rule.options if key in table]
        values += [(key, value, where / name / key) for key, value in own.items()]
        return {
            key: read_option(rule.options[key], value, at)
            for key, value, at in values
            if self._may_set(at, user_only=key in rule.user_options)
        }

    def options(self, rule: Rule) -> dict[str, Any]:
        """Return what a rule finds in `context.settings`."""
        general = {key: value for key, value in self._values.items() if key in rule.options}
        inherited = self._user._options.get(rule.name, {}) if self._user else {}  # noqa: SLF001  of the same class
        users = {key: value for key, value in inherited.items() if key in rule.user_options}
        found = {
            "min-bytes": self.min_bytes,
            **rule.options,
            **general,
            **users,
            **self._options.get(rule.name, {}),
        }
        if self._overrides.offline:
            found |= {key: rule.options[key] for key in rule.user_options}
        return found

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules that are switched on."""
        preview = self._overrides.preview
        taken = {name: rule for name, rule in self.all_rules.items() if preview or not rule.preview}
        enabled: set[str] = {name for name, rule in taken.items() if rule.default}
        given, values = self._overrides, self._values
        layers = (
            (
                values.get("select"),
                values.get("extend-select", ()),
                values.get("ignore", ()),
                self._origin,
            ),
            (given.select, given.extend_select, given.ignore, "--{}".format),
        )
        for select, extend, ignore, origin in layers:
            for key, selectors in (
                ("select", select or ()),
                ("extend-select", extend),
                ("ignore", ignore),
            ):
                require_known(selectors, self.all_rules, origin(key))
            if select is not None:
                enabled = {SYNTAX_ERROR.name}
            enabled = _selected(taken, enabled, (*(select or ()), *extend), ignore)
        return {name: rule for name, rule in self.all_rules.items() if name in enabled}

    def _origin(self, key: str) -> str:
        return f"{self._where / key}: {key}"

    def rules_for(self, path: Path) -> frozenset[str]:
        """Return the names of the rules that look at the Dockerfile `path`."""
        return frozenset(self.rules.keys() - self.ignored(path))

    def ignored(self, path: Path) -> frozenset[str]:
        """Return the rules that `per-file-ignores` switches off for one file."""
        tables = (
            (
                self._values.get("per-file-ignores", {}).items(),
                self.root,
                self._origin("per-file-ignores"),
            ),
            (self._overrides.per_file_ignores, Path(), "--per-file-ignores"),
        )
        off: set[str] = set()
        for table, root, origin in tables:
            for pattern, selectors in table:
                require_known(selectors, self.all_rules, origin)
                if matches(_relative(path, root), pattern):
                    off |= {
                        name
                        for name in self.all_rules
                        if any(covers(each, name) for each in selectors)
                    }
        return frozenset(off)

    @cached_property
    def _levels(self) -> Mapping[str, Severity]:
        table: Mapping[str, str] = self._values.get("severity", {})
        require_known(table, self.all_rules, self._origin("severity"))
        levels = {}
        for selector in sorted(table, key=specificity):
            for name in self.all_rules:
                if covers(selector, name):
                    levels[name] = Severity(table[selector])
        return levels

    def severity(self, rule: Rule, of_finding: Severity | None) -> Severity:
        """Return what a finding weighs: the configured level goes before the rule's, a milder
        finding keeps its own.
        """
        configured = self._levels.get(rule.name)
        if configured is None:
            return of_finding or rule.severity
        return max(configured, of_finding or configured, key=lambda level: level.rank)

    @property
    def min_bytes(self) -> int:
        """Findings known to cost less are infos."""
        return int(self._values.get("min-bytes", MIN_BYTES))

    @property
    def least_bytes(self) -> int:
        """Findings known to cost less are not shown to people."""
        given = self._overrides.least_bytes
        return int(self._values.get("least-bytes", LEAST_BYTES) if given is None else given)

    @property
    def fail_on(self) -> Severity | None:
        """The mildest severity that makes a run fail; None: nothing does."""
        text = self._overrides.fail_on or self._values.get("fail-on", Severity.WARNING)
        return None if text == "never" else Severity(text)

    @property
    def output_format(self) -> str | None:
        """The configured output format."""
        value: str | None = self._values.get("output-format")
        return value

    @property
    def insecure_registries(self) -> tuple[str, ...]:
        """Registries that may be asked over plain HTTP."""
        return tuple(self._values.get("insecure-registries", ()))

    @property
    def online(self) -> OnlineSettings:
        """How the network may be used for packages' sizes; what earlier runs were told stands."""
        values, given = self._values, self._overrides.online
        return OnlineSettings(
            online=bool(values.get("online", False)) if given is None else given,
            kept=True,
            hosts=tuple(map(str.lower, values.get("allowed-hosts", ()))),
            indexes=tuple(sorted(values.get("indexes", {}).items())),
        )

    @cached_property
    def packages(self) -> Asked | None:
        """Whom builds ask what packages weigh."""
        return None if self._source is None else Asked(self._source, self.online)

    @property
    def build_options(self) -> Options:
        """How the image is built."""
        given, values = self._overrides, self._values
        default = Options()
        return Options(
            build_args={**values.get("build-args", {}), **dict(given.build_args)},
            target=given.target,
            platform=given.platform or values.get("platform") or default.platform,
            builder=given.builder or values.get("builder") or default.builder,
            cache=given.cache or values.get("cache") or default.cache,
            targets=frozenset(name.lower() for name in values.get("targets", ())),
            persistent=values.get("persistent-builder", False),
            packages=self.packages,
            recorded=given.recorded,
            contexts=given.contexts,
        )

    def limits(self, path: Path, *names: str) -> tuple[Limit, ...]:
        """Return the configured limits of an image, which is known by `names` and by the path of
        its Dockerfile. Those of a table that names it go before those of a pattern.
        """
        known = (*names, _relative(path, self.root))
        tables: Mapping[str, tuple[Limit, ...]] = self._values.get("images", {})
        by_pattern = [each for key, each in tables.items() if any(matches(n, key) for n in known)]
        by_name = [each for key, each in tables.items() if key in known]
        found = {limit.kind: limit for row in (*by_pattern, *by_name) for limit in row}
        return tuple(found.values())

    def excluded(self, path: Path) -> bool:
        """Tell whether `exclude` takes a file."""
        tables = ((self._values.get("exclude", ()), self.root), (self._overrides.exclude, Path()))
        return any(
            matches(_relative(path, root), each) for patterns, root in tables for each in patterns
        )

    @property
    def file(self) -> str:
        """The configuration file, "" where there is none."""
        return self._where.path

    @property
    def names_context(self) -> bool:
        """Whether the command line names the build context."""
        return self._overrides.context is not None

    def told_context(self, path: Path) -> Path | None:
        """Return the build context that the command line or the configuration names for a
        Dockerfile.
        """
        if self._overrides.context is not None:
            return Path(self._overrides.context)
        contexts: Mapping[str, str] = self._values.get("contexts", {})
        for pattern, folder in contexts.items():
            if matches(_relative(path, self.root), pattern):
                return self.root / folder
        return None

    def context_of(self, path: Path) -> Path:
        """Return the folder that is the build context of a Dockerfile: as told, or else the likely
        one.
        """
        return self.contexts_of(path)[0]

    def contexts_of(self, path: Path) -> tuple[Path, ...]:
        """Return the folders that a Dockerfile is built in, as far as anybody tells: one as told,
        or else the likely ones, the likeliest first.
        """
        told = self.told_context(path)
        if told is not None:
            return (told,)
        if path not in self._contexts:
            self._contexts[path] = likely_contexts(path)
        return self._contexts[path]


class Configs:
    """Finds the settings for each Dockerfile; every configuration file is read once."""

    def __init__(
        self,
        rules: Callable[[], Mapping[str, Rule]],
        overrides: Overrides,
        source: Source | None = None,
    ) -> None:
        """Take a function that gives all rules: they are loaded only where selectors or options
        need them. `source` tells what packages weigh.
        """
        self._rules = rules
        self._overrides = overrides
        self._source = source
        self._by_folder: dict[Path, Settings] = {}
        self._read: dict[Path, Settings | None] = {}

    @cached_property
    def _none(self) -> Settings:
        return Settings(self._rules, self._overrides, File(), source=self._source)

    @cached_property
    def _user(self) -> Settings | None:
        path = user_file()
        # HOME may still be another user's, as after sudo: what cannot be read says nothing.
        # And it is the user's to link to where their settings really are.
        return (
            self._parse(path.resolve()) if path is not None and os.access(path, os.R_OK) else None
        )

    @cached_property
    def _named(self) -> Settings:
        path = Path(str(self._overrides.config))
        settings = self._parse(path, user=self._user)
        if settings is None:
            raise DlintError(
                f"{path}: it has no [tool.dlint] table"
                if path.is_file()
                else f"{path}: no such file"
            )
        return settings

    def for_path(self, path: Path) -> Settings:
        """Return the settings for the Dockerfile (or folder) `path`."""
        if self._overrides.config is not None:
            return self._named
        if self._overrides.isolated:
            return self._none
        folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112  False where it is not readable
        return self.for_folder(Path(os.path.abspath(folder)))  # noqa: PTH100  keeps symlinks

    def is_excluded(self, path: Path) -> bool:
        """Tell whether the settings for the Dockerfile `path` leave it out."""
        return self.for_path(path).excluded(path)

    def for_folder(self, folder: Path) -> Settings:
        """Return the settings that hold in an absolute folder."""
        found = self._by_folder.get(folder)
        if found is None:
            found = next(filter(None, (self._load(folder / name) for name in FILES)), None)
            if found is None:
                found = (
                    (self._user or self._none)
                    if folder.parent == folder
                    else self.for_folder(folder.parent)
                )
            self._by_folder[folder] = found
        return found

    def _load(self, path: Path) -> Settings | None:
        if path not in self._read:
            self._read[path] = self._parse(path, found=True, user=self._user)
        return self._read[path]

    def _parse(
        self, path: Path, *, found: bool = False, user: Settings | None = None
    ) -> Settings | None:
        data = _searched(path) if found else read_if_there(path)
        if data is None:
            return None
        in_pyproject = path.name == "pyproject.toml"
        if in_pyproject and b"dlint" not in data:
            return None
        shown = _shown(path)
        try:
            text = data.decode()
            values: Any = toml_table(text)
        except ValueError as error:
            raise DlintError(f"{shown}: not valid TOML: {error}") from error
        where = Where(shown, text)
        if in_pyproject:
            values = values.get("tool", {}).get("dlint")
            if values is None:
                return None
            if not isinstance(values, dict):
                raise (where / "dlint").wrong("a table", values)
        file = File(values, where, found)
        return Settings(self._rules, self._overrides, file, user, self._source)


def user_file() -> Path | None:
    """Return where the user's own configuration file is, if there is one; None where nobody has a
    home.

    A relative folder in the environment is none, as the XDG specification has it: it would lie in
    the repository.
    """
    base = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117  of a text that may be empty
        base = os.path.expanduser("~/.config")  # noqa: PTH111  pathlib's raises where there is no home
    return Path(base, "dlint", FILES[0]) if os.path.isabs(base) else None  # noqa: PTH117  as above


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return Path(os.path.realpath(path)).is_relative_to(root)
    except ValueError:  # a path that holds NUL
        return False


def _selected(
    rules: Iterable[str], enabled: set[str], select: Sequence[str], ignore: Sequence[str]
) -> set[str]:
    """Apply one layer of selectors to rules, and to others that they name: the more specific
    decides; of two equal ones, `ignore`.
    """
    result = set(enabled)
    for level in range(3):
        for selectors, change in ((select, result.add), (ignore, result.discard)):
            for selector in selectors:
                if specificity(selector) == level:
                    for name in (*rules, selector):
                        if covers(selector, name):
                            change(name)
    return result


def _require_known_keys(keys: Iterable[str], known: Iterable[str], where: Where) -> None:
    for key in keys:
        if key not in known:
            raise DlintError(
                f"{where / key}: unknown option {(where / key).key!r}", suggestion(key, known)
            )


def _relative(path: Path, root: Path) -> str:
    """Return `path` as seen from `root`, with "/"."""
    return os.path.relpath(path, root).replace(os.sep, "/")


def _searched(path: Path) -> bytes | None:
    """Return what a file holds that is looked for; None where it is not there, or where its folder
    cannot be entered: the check of the Dockerfile says so, and others are checked all the same.
    """
    try:
        return read_if_there(path)
    except UnreadableError:
        if os.access(path.parent, os.X_OK):
            raise
        return None


def _shown(path: Path) -> str:
    """Return a path as people want to read it: relative where it is below the working directory."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
