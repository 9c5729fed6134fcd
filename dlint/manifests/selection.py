"""Which packages of a manifest an install takes: its flags, groups, extras, markers, platforms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, NOTHING, Asked, Origin, Target
from dlint.manifests.markers import fits, holds
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.manifests.kinds import Manifest, Need, Package

_BETWEEN = regex(r"[\s,:]+")
_EVERY = frozenset(("*",))
_NOT_INSTALLED = frozenset((Origin.PROJECT, Origin.BUNDLED))


class Selection(NamedTuple):
    """Which groups and extras an install asks for; `*` among them stands for all.

    `groups` come besides the manifest's defaults, `only` instead of them (None: no such flag),
    `without` are left out of either. `members` are those of a workspace that are installed, none
    for the project itself. `defaults` is False where flags leave out all groups but
    `main`. `known` is False where a value is a variable's.
    """

    groups: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    extras: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    defaults: bool = True
    known: bool = True

    @property
    def leaves_out(self) -> bool:
        """Whether it leaves out any group that comes of itself."""
        return bool(self.without or self.only is not None or not self.defaults)

    def has_extra(self, name: str) -> bool:
        """Tell whether it asks for an extra."""
        return name in self.extras or "*" in self.extras

    def of(self, manifest: Manifest, project: Manifest | None = None) -> frozenset[str]:
        """Return the groups of a manifest that are selected; `project` is the one it belongs to."""
        every = {MAIN, *manifest.groups, *(g for each in manifest.packages for g in each.groups)}
        if self.only is not None:
            chosen = set(self.only)
        else:
            chosen = set(_defaults(manifest, project) if self.defaults else {MAIN}) | self.groups
            if "*" in self.groups:
                chosen |= every
        return frozenset(chosen - self.without)


def _defaults(manifest: Manifest, project: Manifest | None) -> frozenset[str]:
    """Return the groups that come of themselves: uv's default groups stand in pyproject.toml alone,
    and so do poetry's optional ones.
    """
    if project is None or project.problem:
        return manifest.defaults
    return (
        project.defaults if manifest.format == "uv.lock" else manifest.defaults - project.on_demand
    )


class Chosen(NamedTuple):
    """The packages that an install takes, and why that may not be all, or too many."""

    packages: tuple[Package, ...] = ()
    unknown: tuple[str, ...] = ()


class _Flag(NamedTuple):
    """What a flag does: `does` is a field of Selection, `value` what it means without one of its
    own.
    """

    does: str
    value: str = ""


def _flags(told: Mapping[str, tuple[str, ...]]) -> dict[str, _Flag]:
    """Read `{"without dev": ("--no-dev", …)}`; a rule without a value takes the flag's."""
    return {flag: _Flag(*rule.split(" ", 1)) for rule, flags in told.items() for flag in flags}


# From each tool's own documentation of its command line, as of 2025.
_NPM = _flags(
    {
        "omit": ("--omit",),
        "include": ("--include",),
        "without dev": ("--production", "--prod", "--only=prod", "--only=production"),
        "without optional": ("--no-optional",),
    }
)
_PYTHON = {"extras": ("--extra",), "groups": ("--group",)}
_FLAGS: Mapping[str, dict[str, _Flag]] = {
    "uv": _flags(
        {
            **_PYTHON,
            "extras *": ("--all-extras",),
            "groups *": ("--all-groups",),
            "groups dev": ("--dev",),
            "without dev": ("--no-dev",),
            "without": ("--no-group",),
            "only": ("--only-group",),
            "only dev": ("--only-dev",),
            "defaults": ("--no-default-groups",),
            "members": ("--package",),
            "members *": ("--all-packages",),
        }
    ),
    "poetry": _flags(
        {
            "groups": ("--with",),
            "without": ("--without",),
            "only": ("--only",),
            "without dev": ("--no-dev",),
            "extras": ("--extras", "-E"),
            "extras *": ("--all-extras",),
            "groups *": ("--all-groups",),
        }
    ),
    "pdm": _flags(
        {
            "pdm": ("-G", "--group", "--with"),
            "without": ("--without",),
            "without main": ("--no-default",),
            "defaults": ("--prod", "--production", "--no-dev"),
        }
    ),
    "pip": _flags({"groups": ("--group",)}),
    "pipenv": _flags(
        {
            "groups dev": ("--dev", "-d"),
            "only": ("--categories",),
        }
    ),
    "npm": _NPM,
    "yarn": _flags(
        {"without dev": ("--production", "--prod"), "without optional": ("--ignore-optional",)}
    ),
    "pnpm": _flags(
        {
            "without dev": ("--prod", "-P", "--production"),
            "only dev": ("--dev", "-D"),
            "without optional": ("--no-optional",),
        }
    ),
    "bun": _flags({"without dev": ("--production", "-p"), "omit": ("--omit",)}),
    "bundler": _flags({"without": ("--without",), "groups": ("--with",)}),
    "composer": _flags({"without dev": ("--no-dev",)}),
}
# Variables that do what a flag does (https://docs.npmjs.com/cli/commands/npm-install#omit,
# https://bundler.io/man/bundle-config.1.html, https://docs.astral.sh/uv/reference/environment/,
# https://getcomposer.org/doc/03-cli.md#composer-no-dev).
_VARIABLES: Mapping[str, Mapping[str, str]] = {
    "npm": {"NODE_ENV": "=production without dev", "NPM_CONFIG_OMIT": "without"},
    "yarn": {"NODE_ENV": "=production without dev"},
    "bundler": {"BUNDLE_WITHOUT": "without", "BUNDLE_WITH": "groups"},
    "composer": {"COMPOSER_NO_DEV": "=1 without dev"},
    "uv": {"UV_NO_DEV": "=1 without dev"},
}
# Tools whose groups stand still until they are asked for, whatever the manifest says.
_ASKED = frozenset(("pip", "pipenv"))


def selection_of(
    manager: str, words: Sequence[str | None], variables: Mapping[str, str] = NOTHING
) -> Selection:
    """Return what a command selects: `words` are what stands behind the program's name, None where
    one is not known; `variables` what its environment is known to hold.
    """
    told: dict[str, set[str]] = defaultdict(set)
    for does, group in _variables(manager, variables):
        told[does].add(group)
    given = list(_given(words, _FLAGS.get(manager, {})))
    for flag, value in given:
        told[flag.does].update(_names(flag, value or ""))
    _include(told)
    only = told.get("only")
    return Selection(
        groups=frozenset(told["groups"]),
        without=frozenset(told["without"]),
        only=frozenset(only) if only is not None else None,
        extras=frozenset(told["extras"]),
        members=frozenset(told["members"]),
        defaults="defaults" not in told and manager not in _ASKED,
        known=all(value is not None for _, value in given),
    )


def _names(flag: _Flag, value: str) -> list[str]:
    names = [flag.value] if flag.value else [each for each in _BETWEEN.split(value) if each]
    return names if names or flag.does != "defaults" else [""]


def _include(told: dict[str, set[str]]) -> None:
    """Bring flags that one tool alone has to those that all have."""
    omitted = told.pop("omit", set())
    told["without"] |= omitted
    told["without"] -= told.pop("include", set())  # npm: including wins
    asked = told.pop("pdm", set())  # one flag for groups and extras; `:all` is all of both
    every = {"*"} if "all" in asked else set()
    told["groups"] |= every or asked
    told["extras"] |= every or asked


def _given(
    words: Sequence[str | None], flags: Mapping[str, _Flag]
) -> Iterator[tuple[_Flag, str | None]]:
    """Yield the flags that are given, with their values; None where that is not known."""
    rest = iter(words)
    for word in rest:
        if word is None:
            continue
        if word == "--":
            return
        name, equals, value = word.partition("=")
        flag = flags.get(word) or flags.get(name)
        if flag is None:
            continue
        if flag.value or flag.does == "defaults":
            if value.lower() not in {"false", "0"} or word in flags:
                yield flag, ""
        else:
            yield flag, value if equals else next(rest, "")


def _variables(manager: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, rule in _VARIABLES.get(manager, NOTHING).items():
        value = variables.get(name)
        if value is None:
            continue
        if rule.startswith("="):
            wanted, does, group = rule[1:].split()
            if value.lower() in {wanted, "true" if wanted == "1" else wanted}:
                yield does, group
        else:
            yield from ((rule, each) for each in _BETWEEN.split(value) if each)


def selected(
    manifest: Manifest,
    selection: Selection = Selection(),  # noqa: B008  immutable
    target: Target = Target(),  # noqa: B008  immutable
    project: Manifest | None = None,
) -> Chosen:
    """Return the packages that an install takes from a manifest, the project itself left out.

    `project` is the manifest that the lock file belongs to: it tells groups where the lock file
    does not (yarn.lock, older poetry.lock), and which of them come of themselves.
    """
    if manifest.problem:
        return Chosen(unknown=(f"{manifest.path}: {manifest.problem}",))
    unknown = [] if selection.known else ["a flag's value is not known"]
    # yarn.lock tells what projects ask for, but not for whom.
    tells = manifest.groups and not (manifest.unknown and selection.leaves_out)
    told = manifest if tells else project
    groups = selection.of(manifest, project)
    graph = _Graph(manifest, selection, groups, target)
    if manifest.grouped:
        kept = graph.by_group()
    elif told is not None and (told is manifest or _covers(told, manifest)):
        kept = graph.reached(_asked(told, selection, selection.of(told, project)))
    else:
        kept = graph.named()
        unknown += manifest.unknown if selection.leaves_out else ()
    packages = (each for each in kept if each.origin not in _NOT_INSTALLED)
    return Chosen(tuple(packages), tuple(unknown))


def _asked(told: Manifest, selection: Selection, chosen: frozenset[str]) -> list[Need]:
    """Return what the chosen groups and the selected extras of a manifest ask for, or those of the
    selected members of its workspace.
    """
    every = "*" in selection.members
    projects = [
        each for name, each in told.members.items() if every or name in selection.members
    ] or [Asked(told.groups, told.extras)]
    return [
        need
        for project in projects
        for needs in (
            *(needs for name, needs in project.groups.items() if name in chosen),
            *(needs for name, needs in project.extras.items() if selection.has_extra(name)),
        )
        for need in needs
    ]


def _covers(project: Manifest, lock: Manifest) -> bool:
    """Tell whether a project asks for all that a lock file holds: the root of a workspace does not,
    nor one whose lock file is another's or older.
    """
    everything = Selection(groups=_EVERY, extras=_EVERY)
    asked = _asked(project, everything, everything.of(project))
    reached = _Graph(lock, everything, frozenset(), None).reached(asked)
    others = (each for each in lock.packages if each.origin not in _NOT_INSTALLED)
    return not project.problem and {each.key for each in others} <= {each.key for each in reached}


class _Graph:
    """A manifest's packages, as a selection takes them on a target; None takes all systems."""

    def __init__(
        self,
        manifest: Manifest,
        selection: Selection,
        groups: frozenset[str],
        target: Target | None,
    ) -> None:
        self._manifest = manifest
        self._selection = selection
        self._target = target
        self._groups = groups
        self._by_key: dict[str, list[Package]] = defaultdict(list)
        self._by_name: dict[str, list[Package]] = defaultdict(list)
        for each in manifest.packages:
            self._by_key[each.key].append(each)
            self._by_name[each.name].append(each)

    def named(self) -> list[Package]:
        """Return all packages for the target, but those for extras that are not asked for."""
        return self._without_idle_extras(self._manifest.packages)

    def by_group(self) -> list[Package]:
        """Return packages by the groups that they tell themselves, and of those that are optional
        what something asks for that is installed.
        """
        groups = self._groups
        kept = self._without_idle_extras(
            each for each in self._manifest.packages if not each.groups or each.groups & groups
        )
        asked = _asked(self._manifest, self._selection, groups)
        if not asked:
            return kept
        reached = {each.key for each in self.reached(asked)}
        return [each for each in kept if not each.optional or each.key in reached]

    def reached(self, asked: Iterable[Need]) -> list[Package]:
        """Return what needs lead to, each package once, in the file's order."""
        taken: set[str] = set()
        seen: set[tuple[str, str]] = set()
        todo = list(asked)
        while todo:
            need = todo.pop()
            if not self._holds(need.marker):
                continue
            means, packages = self._meant(need)
            for extra in {"", *need.extras}:
                if (means, extra) in seen:
                    continue
                seen.add((means, extra))
                for package in filter(self._fits, packages):
                    taken.add(package.key)
                    todo += package.extras.get(extra, ()) if extra else package.needs
        return [each for each in self._manifest.packages if each.key in taken]

    def _meant(self, need: Need) -> tuple[str, list[Package]]:
        """Return the packages that a need means, and a name for them all."""
        wanted = f"{need.name}@{need.wanted.removeprefix('npm:')}"
        key = need.key or self._manifest.entries.get(wanted, "")
        if key in self._by_key:
            return f"key {key}", self._by_key[key]
        return f"name {need.name}", self._by_name.get(need.name, [])

    def _fits(self, package: Package) -> bool:
        return self._target is None or fits(package.platform, self._target)

    def _holds(self, marker: str) -> bool:
        chosen = (self._selection.extras, self._groups)
        return self._target is None or holds(marker, self._target, *chosen)

    def _without_idle_extras(self, packages: Iterable[Package]) -> list[Package]:
        """Return those for the target; of poetry's not those that only extras bring which are not
        asked for.
        """
        kept = [each for each in packages if self._fits(each) and self._holds(each.marker)]
        extras = self._manifest.extras
        if not any(extras.values()):
            return kept
        asked = [
            need
            for name, needs in extras.items()
            if self._selection.has_extra(name)
            for need in needs
        ]
        brought = {each.key for each in self.reached(asked)}
        return [each for each in kept if not each.optional or each.key in brought]
