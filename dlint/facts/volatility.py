"""What changes from build to build: arguments by their names and values, and the stages that
somebody builds at all.
"""

from __future__ import annotations

import posixpath
import re
from enum import Enum
from functools import lru_cache

from dlint.model.build import IF_CACHED
from dlint.model.stages import reachable, sources
from dlint.text.patterns import regex
from dlint.text.units import of_the_last

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Self

    from dlint.model.build import Build
    from dlint.project.recipes import Argument, Recipes
    from dlint.syntax import Transfer

SOURCE = "every source change"  # where no history tells how often
BUILD, RELEASE = "every build", "every release"  # by an argument


class Counted(str):
    """In how many of the last commits something changed, in words, and in what share of them."""

    __slots__ = ("_bound", "_told", "is_told", "share")
    share: float
    is_told: bool
    _told: tuple[int, int, str]
    _bound: str

    def __new__(
        cls, count: int, commits: int, folder: str = "", *, bound: str = "", is_told: bool = True
    ) -> Self:
        """Tell of `count` of the last commits: of those to a folder alone, if any. What is not
        `is_told` is a bound that says too little for people.
        """
        told = super().__new__(cls, of_the_last(count, commits, folder, bound=bound))
        told.share = count / commits
        told.is_told = is_told
        told._told = count, commits, folder
        told._bound = bound
        return told

    @property
    def at_most(self) -> Counted:
        """The same of what a RUN makes of the files that changed: it may make the same again, and
        a COPY from its stage goes by that.
        """
        return Counted(*self._told, bound="up to", is_told=self.is_told)

    @property
    def untold(self) -> Counted:
        """The same of what a RUN makes of a part of these files that nobody knows."""
        return Counted(*self._told, bound="up to", is_told=False)

    @property
    def at_least(self) -> Counted:
        """The same of one of several that change: others do in more commits, or in the same."""
        return self if self._bound else Counted(*self._told, bound="at least")


def of_what_is_made(change: str | None, whole: str = "") -> str | None:
    """Tell how often what a RUN makes is another one, of how often that changes which it reads: of
    an unknown part of that, where such a part is all that is known of the `whole`.
    """
    if not isinstance(change, Counted):
        return change
    return change.at_most if is_told(whole) else change.untold


def of_unknown_part(change: str) -> str:
    """Tell how often what a RUN makes is another one, of how often more changes than it reads."""
    return change.untold if isinstance(change, Counted) else change


def is_told(change: str) -> bool:
    """Tell whether people are told how often something changes: a bound may be far off."""
    return change.is_told if isinstance(change, Counted) else True


def of_one(change: str) -> str:
    """Tell how often several things change, of how often one of them does."""
    return change.at_least if isinstance(change, Counted) else change


def reruns(change: str, verb: str, what: str, if_cached: str = "") -> str:
    """Say what a change of copied files does to a step, whoever builds it and when; of how many
    commits git tells: in builds with a cache, for without one all steps run again anyway.
    """
    if not is_told(change):
        return f"{if_cached}a change of what is copied {verb} {what}"
    if isinstance(change, Counted):
        commits = f"{if_cached or IF_CACHED}{change}"
        return f"a change of what is copied {verb} {what}; {commits} would do so needlessly"
    return f"{if_cached}{change} {verb} {what}"


class Changes(Enum):
    """How often an argument's value is another one, as far as its name tells."""

    EVERY_BUILD = "every build"  # a commit, a date, a build's number
    RELEASES = "releases"  # the project's own version, or somebody else's
    ON_PURPOSE = "on purpose"  # a cache buster
    IMAGES = "images"  # what several images that are built of one file differ in
    SELDOM = "seldom"

    @classmethod
    def of(cls, argument: str) -> Changes:
        """Tell from its name how often a build argument's value changes; `buildDate` is
        `BUILD_DATE`.
        """
        return _changes(argument)


# Whose commit, date or version it is: the project's own. A product's name (`MAVEN_VERSION`) is
# somebody else's.
_OWNER = (
    r"(?:(?:GIT|GITHUB|GITLAB|VCS|SCM|CI|BUILD|BUILDKITE|CIRCLE|TRAVIS|DRONE|BITBUCKET|SOURCE|SRC|CODE|REPO|REPOSITORY"
    r"|APP|APPLICATION|PROJECT|SERVICE|SERVER|API|BACKEND|FRONTEND|UI|WEB|IMAGE|CONTAINER|CURRENT|LAST|LATEST|HEAD|SHORT"
    r"|LONG|FULL|RELEASE|DEPLOY|DEPLOYMENT|NEXT_PUBLIC|REACT_APP|VITE|VUE_APP|PUBLIC|NUXT_PUBLIC|LABEL|OCI|META)_)*"
)
_COMMIT = (
    r"(?:SHORT_|LONG_)?(?:SHA1?|COMMIT|HASH|REV|REVISION)"
    r"(?:_?(?:SHA1?|HASH|ID|REF|SHORT|LONG|DATE|TIME|NUMBER|COUNT))*"
)
_MOMENT = (
    r"(?:DATE|TIME|DATETIME|DATE_TIME|TIMESTAMP|STAMP)"
    r"(?:_(?:ISO|UTC|SECONDS|RFC3339|ISO8601|EPOCH))?"
)
_EVERY_BUILD = regex(
    rf"(?:[A-Z0-9]+_)*(?:GIT|VCS)_?(?:{_COMMIT}|REF|HEAD|DESCRIBE)|(?:[A-Z0-9]+_)*BUILD_?(?:{_MOMENT}|NUMBER|NUM)"
    rf"|{_OWNER}(?:COMMIT(?:_?(?:SHA1?|HASH|ID|REF|REV|REVISION|SHORT|LONG|SHORT_SHA|{_MOMENT}|NUMBER|COUNT))?|REVISION"
    rf"|(?:GITHUB|GITLAB|CIRCLE|HEAD|SOURCE|BUILD|SHORT|LONG)_?(?:{_COMMIT}|REF)|BUILD_?(?:NO|ID|EPOCH|COUNTER|UUID|AT)"
    r"|(?:RUN|PIPELINE|JOB|WORKFLOW)_?(?:RUN_)?(?:ID|NUMBER|IID)"
    r"|TIMESTAMP|DATETIME|BUILT_AT|CREATED_AT|CREATED|CREATION_DATE|DATE|NOW)"
)
_RELEASES = regex(
    r"(?:(?:APP|APPLICATION|PROJECT|SERVICE|SERVER|API|BACKEND|FRONTEND|UI|WEB|IMAGE|CONTAINER|BUILD|SOURCE|REPOSITORY|CODE"
    r"|RELEASE|PACKAGE|PKG|CURRENT|NEXT_PUBLIC|REACT_APP|VITE|VUE_APP|CI)_)*"
    r"(?:VERSION(?:_STRING|_NAME|_NUMBER|_TAG)?|RELEASE(?:_NAME)?|(?:(?:GIT|VCS|SCM)_)?(?:TAG|DESCRIBE)(?:_NAME)?)"
)
_ON_PURPOSE = regex(
    r"CACHE_?(?:BUST(?:ER|ING)?|BREAK(?:ER)?|DATE|EPOCH|REFRESH|INVALIDAT\w*|KILL\w*|SALT|STAMP)"
    r"|(?:BUST|BREAK|INVALIDATE)_?CACHE|(?:BUST|REBUILD|FORCE_?(?:REBUILD|UPDATE))(?:_\w+)?"
)
# What an event has in common with others: a branch, and all of the repository but when it was last
# pushed to.
_SAME_IN_EVENTS = (
    r"\.(?:workflow_run\.head_branch|repository(?:(?!\.)|\.(?!(?:pushed|updated)_at\b)))"
)
# Not the name of a branch, tag or release, nor what somebody enters: those are other ones with
# releases at most.
_PASSED = regex(
    rf"github\.(?:sha|run_|event(?!_|\.(?:inputs|release)|{_SAME_IN_EVENTS}))"
    r"|\bgit\s+(?:rev-parse(?!\s+--abbrev-ref)|describe(?![^\n]{0,80}--abbrev=0)|log|show|rev-list)"
    r"|(?:\$\(|`)\s*date\b|\$\(shell"
    r" date|steps\.[\w-]+\.outputs\.[\w-]*(?:sha|commit|date|time|revision)"
    r"|\b(?:CI_COMMIT(?!_(?:TAG|BRANCH|REF))|CI_PIPELINE|CI_JOB|GITHUB_SHA|GITHUB_RUN|CIRCLE_SHA1|CIRCLE_BUILD|BUILDKITE_COMMIT"
    r"|BUILDKITE_BUILD|TRAVIS_COMMIT|TRAVIS_BUILD|DRONE_COMMIT|DRONE_BUILD|BITBUCKET_COMMIT"
    r"|SHORT_SHA|COMMIT_SHA|GIT_COMMIT|GIT_SHA|BUILD_NUMBER|BUILD_ID)"
    r"|(?i:\bbuild[._](?:build(?:id|number)|sourceversion)\b)"  # as Azure writes them
)
# The name of a tag or a release, where no branch is built.
_RELEASED = regex(
    r"github\.(?:ref(?!_type)|event\.release)|\bGITHUB_REF(?:_NAME)?(?:_SLUG)?\b|\brefs/tags\b"
    r"|\b(?:CI_COMMIT_(?:TAG|REF_NAME)|CIRCLE_TAG|TRAVIS_TAG|DRONE_TAG|BITBUCKET_TAG|BUILDKITE_TAG)\b"
    r"|\bgit\s+(?:tag|describe[^\n]{0,80}--abbrev=0)\b"
)
# What all builds of a branch have in common.
_OF_BRANCH = regex(rf"github\.(?:head_ref\b|base_ref\b|event{_SAME_IN_EVENTS})")
_PLACEHOLDER = regex(
    r"|unknown|unset|undefined|none|null|n/?a|dev(?:el|elop|elopment)?|local(?:build)?|latest|head|main|master|todo|dirty"
    r"|snapshot|empty|default|unspecified|not[-_ ]?set|placeholder|test|x+|\?+|-|1970-01-01.*"
    r"|v?0(?:\.0)*(?:[-.+]?(?:dev|alpha|snapshot|unknown|local|dirty)\d*)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def _changes(name: str) -> Changes:
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_")
    if _ON_PURPOSE.fullmatch(upper):
        return Changes.ON_PURPOSE
    if _EVERY_BUILD.fullmatch(upper):
        return Changes.EVERY_BUILD
    return Changes.RELEASES if _RELEASES.fullmatch(upper) else Changes.SELDOM


def is_placeholder(value: str | None) -> bool:
    """Tell whether a default stands for a value that every real build passes: none, `unknown`,
    `dev`, `0.0.0`.
    """
    return value is None or _PLACEHOLDER.fullmatch(value) is not None


def passed_change(build: Build, name: str) -> Changes:
    """Tell how often what the repository's files pass as an argument is another one, as far as
    they tell what it is worked out of.
    """
    sources = tuple(build.sources_of(name))
    if any(map(_PASSED.search, sources)):
        return Changes.EVERY_BUILD
    is_released = any(map(_RELEASED.search, sources)) or _is_tag(build, name)
    return Changes.RELEASES if is_released else Changes.SELDOM


def is_other_with_each_push(build: Build, name: str) -> bool:
    """Tell whether all that is known to push the image passes something else each time as an
    argument.
    """
    recipes = build.recipes
    if recipes is None:
        return False
    told = build.passed_by_pushes(name)
    return bool(told) and all(_is_other_each_time(recipes, each) for each in told)


def written_by_pushes(build: Build) -> frozenset[str]:
    """Return the files, as paths in the context, into which all that is known to push the image
    writes a commit, a date or a build's number before it builds; a fact.
    """
    recipes, repository = build.recipes, build.repository
    if recipes is None or repository is None:
        return frozenset()
    told = [
        frozenset(path for path, command in files.items() if _PASSED.search(command))
        for files in recipes.written_by_pushes(build.path)
    ]
    found = told[0].intersection(*told[1:]) if told else frozenset[str]()
    return _in_context(build, repository.prefix, found)


def filled_by_pushes(build: Build) -> frozenset[str]:
    """Return the folders, as paths in the context, that are not there and that something which
    pushes the image may fill by installs of its own before it builds it; a fact.
    """
    recipes, repository = build.recipes, build.repository
    if recipes is None or repository is None:
        return frozenset()
    filled = _in_context(build, repository.prefix, recipes.filled_by_pushes(build.path))
    return filled - build.context.entries.keys()


def _in_context(build: Build, prefix: str, paths: frozenset[str]) -> frozenset[str]:
    """Return paths from the root as paths in the context, of those that a COPY can take."""
    start = f"{prefix}/" if prefix else ""
    inside = (path.removeprefix(start) for path in paths if path.startswith(start))
    return frozenset(path for path in inside if not build.context.ignored(path))


def takes_written(build: Build, transfer: Transfer) -> bool:
    """Tell whether a COPY or ADD takes a file that each push writes before, also one that is not
    there yet.
    """
    return bool(made_before(build, transfer, build.fact(written_by_pushes)))


def made_before(build: Build, transfer: Transfer, made: frozenset[str]) -> list[str]:
    """Return the paths of the context that a COPY or ADD takes, of some that are made before a
    build, also where they are not there yet.
    """
    selection = build.taken(transfer) if made and not transfer.from_ else None
    if selection is None:
        return []
    if transfer.takes_whole_context and not transfer.excludes:
        return sorted(made)
    taken = {landed.source for landed in selection.entries} - {""}
    return sorted(path for path in made if place_of(build, path) in taken)


def place_of(build: Build, path: str) -> str:
    """Return a path of the context, or the folder that it will be in; "" where neither is there."""
    return next(filter(build.context.entries.__contains__, (path, posixpath.dirname(path))), "")


def _is_other_each_time(recipes: Recipes, passed: Argument) -> bool:
    """Tell whether a recipe passes a commit, a date or a build's number, or the tag for which alone
    it runs: one for branches has the same name each time. A name says so of what the file itself
    puts in.
    """
    sources = f"{passed.value}\n{passed.source}"
    if _PASSED.search(sources):
        return True
    if _OF_BRANCH.search(sources):
        return False
    if _RELEASED.search(sources):
        return recipes.is_for_tags(passed.path)
    is_told = passed.is_filled_in and not passed.is_of_environment
    return is_told and Changes.of(passed.name) is Changes.EVERY_BUILD


def _is_tag(build: Build, name: str) -> bool:
    """Tell whether an argument is what a Bake or Compose file calls the image's version in its
    tags, where that is a value which real builds replace.
    """
    own = build.recipes.builds_of(build.path) if build.recipes else ()
    return any(
        is_placeholder(value) and value and tag.endswith(f":{value}")
        for each in own
        for key, value in each.args
        if key == name
        for tag in each.names
    )


def built_stages(build: Build) -> frozenset[int]:
    """Return the stages that somebody builds: the target's and, unless it was named, those of every
    named stage.

    A named stage that nothing stands on is there for `--target`, unless the recipes that build the
    Dockerfile name other ones alone; one without name and use is dead, and one that by its name
    tests or checks is thrown away.
    """
    live = {stage.index for stage in build.stages if build.live(stage)}
    if build.options.target is None:
        used = {other.index for stage in build.stages for other in sources(build.stages, stage)}
        for stage in build.stages:
            if stage.index in used or not stage.name or _THROWN_AWAY.search(stage.name):
                continue
            if not _is_left_out(build, stage.name.lower()):
                live |= reachable(build.stages, stage)
    return frozenset(live)


def _is_left_out(build: Build, name: str) -> bool:
    """Tell whether the recipes that build the Dockerfile are known to name other stages alone."""
    recipes, path = build.recipes, build.path
    if recipes is None or recipes.builds_any_stage:
        return False
    own = recipes.builds_of(path)
    return bool(own) and all(each.target for each in own) and name not in recipes.targets_of(path)


_THROWN_AWAY = regex(
    r"(?:^|[-_.])(?:tests?|tester|testing|lint\w*|check\w*|validate\w*|ci|e2e|cypress|format)(?:$|[-_.])"
)


def volatile_files(
    build: Build, files: frozenset[str], needed: frozenset[str] = frozenset()
) -> str | None:
    """Tell how `files` of the context change apart from `needed`, in words; None where they hardly
    do.

    A commit that changes the Dockerfile may change what stands above a step, and so rerun it in any
    order: it does not count. Git's history decides where it is long enough. Elsewhere the kind of
    file does: a project's own source changes, settings and documents seldom do.
    """
    others = files - needed
    if not others:
        return None
    history = build.history
    if history is not None and history.is_telling:
        kept = needed | own_path(build)
        count = round((history.rate(others - kept, kept) or 0) * history.commits)
        return (
            Counted(count, history.commits, history.folder)
            if count >= FEWEST and count > HARDLY * history.commits
            else None
        )
    return SOURCE if any(map(is_source, others)) else None


def own_path(build: Build) -> frozenset[str]:
    """Return the Dockerfile's path from the context; none without a repository."""
    if build.repository is None:
        return frozenset()
    return frozenset((posixpath.relpath(build.path, build.context_folder),))


def changing_files(build: Build, files: Collection[str]) -> tuple[float, frozenset[str]]:
    """Return the share of commits that change some of `files` of the context, and those that
    change.

    What one commit changed may have come with it, and a project's own source is there to be
    changed. Without a history that is long enough, it changes with each commit, and nothing else
    does.
    """
    history, code = build.history, frozenset(filter(is_source, files))
    if history is not None and history.is_telling:
        moving = frozenset(path for path in files if history.count(path) > 1)
        return history.rate(files) or 0.0, moving | code
    return (1.0 if code else 0.0), code


def is_source(path: str) -> bool:
    """Tell from its name whether a file is a program's text, which changes with the project."""
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    if not dot or stem.startswith(".") or extension.lower() not in SOURCES:
        return False
    return not f".{stem.lower()}".endswith(_SETTINGS)


# The share of commits that change what a COPY takes: all of the context, or a folder with source
# code in it; lists of dependencies; anything else. Medians over 83 public repositories, the last
# 300 first-parent commits of each.
SOURCE_RATE, LISTS_RATE, OTHERS_RATE = 0.957, 0.124, 0.007
FEWEST = 3  # commits that a habit takes: one is that which a file came with, another may be chance
HARDLY = 0.05  # of the commits, less than half of LISTS_RATE: no fault yet
_SOURCES = """
astro c cc clj cljs cpp cr cs css cxx dart elm erl ex exs f90 fs go gql graphql groovy h hbs hpp
hrl hs html java jl js jsp jsx kt less lua m mjs ml mm nim php pl pm proto ps1 pug py pyx r rb rs
sass scala scss sol sql styl svelte swift tf ts tsx twig vb vue zig
"""
SOURCES = frozenset(_SOURCES.split())
_SETTINGS = tuple(
    f"{before}{word}"
    for before in "._-"
    for word in (
        "config conf setup rc eslintrc babelrc prettierrc gulpfile gruntfile wsgi noxfile".split()
    )
)

_LISTS = regex(
    r"(?:requirements[^/]*|constraints[^/]*|environment|packages)\.(?:txt|in|ya?ml|config)|(?:package|composer)(?:-lock)?\.json"
    r"|[^/]*\.(?:lock|lockb|csproj|fsproj|gradle|kts|gemspec|cabal|sbt|podspec)|Gemfile|Pipfile|pyproject\.toml|setup\.(?:py|cfg)"
    r"|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.(?:mod|sum)|Cargo\.toml|pom\.xml|mix\.exs|stack\.yaml|cpanfile|DESCRIPTION"
)


def is_dependency_list(path: str) -> bool:
    """Tell from its name whether a file lists dependencies: they change less than the source, but
    they do.
    """
    return _LISTS.fullmatch(path.rpartition("/")[2]) is not None


def share(change: str) -> float:
    """Return in what share of the commits something changes, as it is told in words: in all where
    no history tells.
    """
    return change.share if isinstance(change, Counted) else 1.0
