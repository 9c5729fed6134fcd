"""Settings: the nearest `dlint.toml`, `.dlint.toml` or `[tool.dlint]`, overlaid by the command
line.

One file decides for each Dockerfile, without merging: the nearest above it. In one folder
`dlint.toml` goes before `.dlint.toml`, and that before `pyproject.toml`, which counts only where it
has the table. Where there is none, the user's own file counts. Patterns and folders are relative to
the file's own folder, or to the working directory in the user's own and in one that `--config`
names.

What is found above a Dockerfile may be a stranger's, wherever it lies: a pull request's, or another
user's in /tmp. Therefore it may not set what `dlint.config.keys` and the rules call user-only, nor
name a build context outside of its repository. Such keys count from the command line, from a file
that `--config` names and from the user's own, and from that under every other file.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from dlint.config.files import FILES, load, user_file, why_none
from dlint.config.keys import Configuration, Where
from dlint.errors import DlintError
from dlint.faces import later
from dlint.findings import Severity
from dlint.model import Options
from dlint.project.contexts import likely_contexts
from dlint.rule.own import SYNTAX_ERROR
from dlint.rule.selectors import covers, require_known, specificity
from dlint.sizes.sources import Asked
from dlint.text.units import parse_bytes
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from dlint.config.files import File
    from dlint.config.layers import Layer
    from dlint.config.limits import Limit
    from dlint.images.recorded import RecordedImage
    from dlint.packages import OnlineSettings
    from dlint.rule.rule import Rule
    from dlint.sizes.sources import Source
    from dlint.text import globs

    Names = tuple[str, ...]
else:  # for those who tell patterns
    globs = later("dlint.text.globs")


# Options that an environment variable sets where no word does, for the verbs that have them.
VARIABLES = {
    f"--{name}": f"DLINT_{name.upper().replace('-', '_')}"
    for name in ("config", "output-format", "fail-on", "jobs", "builder", "cache", "platform")
}


class Told(str):  # noqa: SLOT000  with a dict it can be pickled as it is
    """A value that an environment variable tells; `variable` is its name."""

    variable = ""


def teller(value: object) -> str:
    """Return the environment variable that told a value, for the start of an error."""
    return f"{value.variable}: " if isinstance(value, Told) else ""


class Overrides(NamedTuple):
    """What the command line says; None where it says nothing. All of it can be pickled.

    Where it is the `image` of a Compose or Bake file, no target means the last stage. Where it is
    `offline`, no rule has an option that only the user may set: such ones open connections.
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
    image: bool = False


class Settings:
    """All settings for the Dockerfiles that one configuration file rules; `root` is what its paths
    are relative to.

    `warnings` say what of a repository's file is ignored.
    """

    def __init__(
        self,
        rules: Callable[[], Mapping[str, Rule]],
        overrides: Overrides,
        file: File | None = None,
        user: Settings | None = None,
        source: Source | None = None,
    ) -> None:
        """Take the file, and the user's own settings, which hold under it where they are user-only;
        `source` tells what packages weigh.

        Raises DlintError with file and line where a value is unknown or wrong.
        """
        self._load_rules = rules
        self.overrides = overrides
        self._source = source
        self.root = Path(file.where.path).parent if file and file.found else Path()
        self.warnings: list[str] = []
        self.layers: list[Layer] = []
        self.given: dict[str, Any] = {}
        self._contexts: dict[Path, tuple[Path, ...]] = {}
        if file is not None:
            self._lay(file, [user.user_layer] if user else [])
        fields = {key.replace("-", "_"): value for key, value in self.given.items()}
        self.values = Configuration(**fields)

    def _lay(self, file: File, below: list[Layer]) -> None:
        """Read the file and those that it extends, over what is `below`."""
        from dlint.config.layers import Reader, merged

        reader = Reader(lambda: self.all_rules, self.root, found=file.found)
        self.layers = below + reader.layers(file)
        self.warnings = reader.warnings
        self.given = merged(self.layers)

    @property
    def user_layer(self) -> Layer:
        """What of these settings holds under every other file."""
        from dlint.config.layers import Layer
        from dlint.config.reading import all_keys

        keys = all_keys()
        values = {key: value for key, value in self.given.items() if keys[key].user_only}
        options = {
            name: {
                key: value
                for key, value in self.given_options(name).items()
                if key in self.all_rules[name].user_options
            }
            for layer in self.layers
            for name in layer.options
        }
        kept = {f"{name}.{key}" for name, found in options.items() for key in found}
        places = {
            key: place
            for layer in self.layers
            for key, place in layer.places.items()
            if key in values.keys() | kept
        }
        return Layer(Where("", ""), values, options, places)

    @cached_property
    def all_rules(self) -> Mapping[str, Rule]:
        """Every rule there is, by name."""
        return self._load_rules()

    def given_options(self, rule: str) -> dict[str, Any]:
        """Return the options of a rule that files set."""
        found: dict[str, Any] = {}
        for layer in self.layers:
            found |= layer.options.get(rule, {})
        return found

    def general_options(self, rule: Rule) -> list[str]:
        """Return the options of a rule that keys of the same name and kind set."""
        given, options = self.given, rule.options
        return [key for key in options.keys() & given if isinstance(given[key], type(options[key]))]

    def options(self, rule: Rule) -> dict[str, Any]:
        """Return what a rule finds in `context.settings`."""
        found = {"min-bytes": self.min_bytes, **rule.options}
        found |= {key: self.given[key] for key in self.general_options(rule)}
        found |= self.given_options(rule.name)
        if self.overrides.offline:
            found |= {key: rule.options[key] for key in rule.user_options}
        return found

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules that are switched on."""
        preview = self.overrides.preview or self.values.preview
        taken = {name: rule for name, rule in self.all_rules.items() if preview or not rule.preview}
        enabled: set[str] = {name for name, rule in taken.items() if rule.default}
        for select, extend, ignore, origin in self._selections():
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

    def _selections(self) -> Iterator[tuple[Names | None, Names, Names, Callable[[str], str]]]:
        """Yield what each file and the command line select and ignore, each on top of the last."""
        for layer in self.layers:
            found = layer.values
            select, extend = found.get("select"), found.get("extend-select", ())
            yield select, extend, found.get("ignore", ()), layer.origin
        given = self.overrides
        yield given.select, given.extend_select, given.ignore, "--{}".format

    def rules_for(self, path: Path) -> frozenset[str]:
        """Return the names of the rules that look at the Dockerfile `path`."""
        return frozenset(self.rules.keys() - self.ignored(path))

    def ignored(self, path: Path) -> frozenset[str]:
        """Return the rules that `per-file-ignores` switches off for one file."""
        key = "per-file-ignores"
        for layer in self.layers:
            for selectors in layer.values.get(key, {}).values():
                require_known(selectors, self.all_rules, layer.origin(key))
        for _, selectors in self.overrides.per_file_ignores:
            require_known(selectors, self.all_rules, f"--{key}")
        tables = (
            (self.values.per_file_ignores.items(), self.root),
            (self.overrides.per_file_ignores, Path()),
        )
        off = [
            selector
            for table, root in tables
            for pattern, selectors in table
            if globs.applies(pattern, _relative(path, root))
            for selector in selectors
        ]
        if not off:
            return frozenset()
        return frozenset(name for name in self.all_rules if any(covers(each, name) for each in off))

    @cached_property
    def _levels(self) -> Mapping[str, Severity]:
        for layer in self.layers:
            table = layer.values.get("severity", {})
            require_known(table, self.all_rules, layer.origin("severity"))
        levels = {}
        for selector in sorted(self.values.severity, key=specificity):
            for name in self.all_rules:
                if covers(selector, name):
                    levels[name] = Severity(self.values.severity[selector])
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
        return _bytes(self.values.min_bytes)

    @property
    def least_bytes(self) -> int:
        """Findings known to cost less are not shown to people."""
        given = self.overrides.least_bytes
        return _bytes(self.values.least_bytes) if given is None else given

    @property
    def fail_on(self) -> Severity | None:
        """The mildest severity that makes a run fail; None: nothing does."""
        text = self.overrides.fail_on or self.values.fail_on
        return None if text == "never" else Severity(text)

    @property
    def output_format(self) -> str | None:
        """The configured output format."""
        return self.values.output_format

    @property
    def insecure_registries(self) -> tuple[str, ...]:
        """Registries that may be asked over plain HTTP."""
        return self.values.insecure_registries

    @property
    def is_online(self) -> bool:
        """Whether package indexes may be asked over the network."""
        given = self.overrides.online
        return self.values.online if given is None else given

    @property
    def online(self) -> OnlineSettings:
        """How the network may be used for packages' sizes; what earlier runs were told stands."""
        from dlint.packages import OnlineSettings

        values = self.values
        return OnlineSettings(
            online=self.is_online,
            kept=True,
            hosts=tuple(map(str.lower, values.allowed_hosts)),
            indexes=tuple(sorted(values.indexes.items())),
        )

    @cached_property
    def packages(self) -> Asked | None:
        """Whom builds ask what packages weigh."""
        return None if self._source is None else Asked(self._source, lambda: self.online)

    @property
    def follows_recipes(self) -> bool:
        """Whether the repository's recipes tell which target is meant."""
        return self.overrides.target is None and not self.overrides.image

    @property
    def build_options(self) -> Options:
        """How the image is built."""
        given, values = self.overrides, self.values
        return Options(
            build_args={**values.build_args, **dict(given.build_args)},
            target=given.target,
            platform=given.platform or values.platform,
            builder=given.builder or values.builder,
            cache=given.cache or values.cache,
            targets=frozenset(map(str.lower, values.targets)),
            persistent=values.persistent_builder,
            packages=self.packages,
            recorded=given.recorded,
            contexts=given.contexts,
        )

    def limits(self, path: Path, *names: str) -> tuple[Limit, ...]:
        """Return the configured limits of an image, which is known by `names` and by the path of
        its Dockerfile. Those of a table that names it go before those of a pattern.
        """
        from dlint.config.limits import read_limit

        known = (*names, _relative(path, self.root))
        tables = self.values.images
        by_pattern = [
            each for key, each in tables.items() if any(globs.matches(n, key) for n in known)
        ]
        by_name = [each for key, each in tables.items() if key in known]
        rows = (*by_pattern, *by_name)
        found = {kind: text for row in rows for kind, text in row.texts().items()}
        return tuple(read_limit(kind, text) for kind, text in found.items())

    def excluded(self, path: Path) -> bool:
        """Tell whether `exclude` takes a file."""
        values = self.values
        tables = (
            ((*values.exclude, *values.extend_exclude), self.root),
            (self.overrides.exclude, Path()),
        )
        return any(
            patterns and globs.is_taken(_relative(path, root), patterns)
            for patterns, root in tables
        )

    @property
    def files(self) -> list[str]:
        """The configuration files that say anything, the one that goes before others first."""
        return [layer.where.path for layer in reversed(self.layers) if layer.where.path]

    @property
    def names_context(self) -> bool:
        """Whether the command line names the build context."""
        return self.overrides.context is not None

    def told_context(self, path: Path) -> Path | None:
        """Return the build context that the command line or the configuration names for a
        Dockerfile.
        """
        if self.overrides.context is not None:
            return Path(self.overrides.context)
        for pattern, folder in self.values.contexts.items():
            if globs.applies(pattern, _relative(path, self.root)):
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
        return Settings(self._rules, self._overrides, source=self._source)

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
        config = self._overrides.config
        path = Path(str(config))
        settings = self._parse(path, user=self._user)
        if settings is None:
            raise DlintError(f"{teller(config)}{path}: {why_none(path)}")
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
        file = load(path, found=found)
        if file is None:
            return None
        return Settings(self._rules, self._overrides, file, user, self._source)


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


def _bytes(size: int | str) -> int:
    return parse_bytes(size) if isinstance(size, str) else size


def _relative(path: Path, root: Path) -> str:
    """Return `path` as seen from `root`, with "/"."""
    return os.path.relpath(path, root).replace(os.sep, "/")
