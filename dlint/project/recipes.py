"""What a repository's own files say of how its images are built: targets, build arguments, and the
other Dockerfiles.

Compose, Bake, CI files, Makefiles, scripts, skaffold and devcontainer files are read as text: a
stage that any of them names as a target is built by somebody, and a build argument is known by what
is written for it. Nothing is run.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from fnmatch import fnmatchcase
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from dlint.project.purpose import (
    AZURES_FOLDERS,
    PUSHES,
    SCRIPTS,
    SPEAKS,
    is_dockerfile,
    is_no_product,
    is_of_azure,
    tells_what_starts,
)
from dlint.syntax.templates import is_dockerfile_text
from dlint.text.lazy import lazy
from dlint.text.patterns import regex
from dlint.text.repository_files import repository_of, text_below
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    from dlint.project.builds import Built, Reading
    from dlint.project.cache_entry import CacheEntry, Told
    from dlint.project.commands import Claim
    from dlint.project.written import Job

    ValueT = TypeVar("ValueT")

# Recipes of which what workflows run counts as their own.
_FOLLOWED = frozenset("makefile gnumakefile justfile .justfile taskfile.yml taskfile.yaml".split())
# What the files of CI services are called: hidden ones, and others.
_HIDDEN = "gitlab-ci|drone|travis|woodpecker|cirrus|vsts"
_OPEN = "cloudbuild|azure-pipelines|bitbucket-pipelines|buildspec"
# What recipes are called in lower case: whole names, endings, and what begins one of the pattern.
_NAMES = frozenset(
    """
    makefile gnumakefile justfile .justfile taskfile.yml taskfile.yaml taskfile.dist.yml
    taskfile.dist.yaml tiltfile devcontainer.json
    .devcontainer.json package.json earthfile fly.toml build builder
    """.split()
)
_ENDINGS = (".hcl", ".mk", *SCRIPTS, ".ps1", ".bat", ".cmd")
# How a script for a shell begins, which may be called anything (`bin/dev-shell`).
_SHELLS = regex(r"#![^\n]{0,200}\b(?:a|ba|da|k|z)?sh\b")
_SOURCES = regex(r"(?m)^[ \t]*+(?:source|\.)[ \t]++[\"']?([\w./-]++)")
_MOST_SCRIPTS = 500  # files without an ending that are looked at, of one repository
_STARTS = tuple(
    f"docker-|makefile.|compose|skaffold|jenkins|werf|appveyor|.appveyor|{_OPEN}".split("|")
) + tuple(f".{each}" for each in _HIDDEN.split("|"))
_FILE = regex(
    r"(docker-)?compose[\w.-]*\.ya?ml|docker-bake[\w.-]*\.json|skaffold[\w.-]*\.ya?ml"
    # which others include
    r"|makefile\.(?!(?:adoc|am|example|in|md|rst|sample|template|txt|ya?ml)\Z)\w+"
    r"|jenkinsfile[\w.-]*|jenkins[\w.-]*\.groovy"
    rf"|({_OPEN}|\.?appveyor|werf)[\w.-]*\.ya?ml|\.({_HIDDEN})[\w.-]*\.ya?ml"
)
CI_FOLDERS = frozenset(
    (
        *(".github", ".gitlab", ".circleci", ".buildkite", ".ci", ".devcontainer", ".tekton"),
        *(".woodpecker", "bamboo-specs"),
        *AZURES_FOLDERS,
    )
)
_CI = regex(rf"(?i)\A\.?(?:{_HIDDEN}|{_OPEN}|appveyor|jenkinsfile|jenkins[\w.-]*\.groovy)")
_RELEASE_STARTS = ("goreleaser", ".goreleaser")
_RELEASES = regex(r"\.?goreleaser[\w.-]*\.ya?ml")
_COPIES = regex(r"\b(?:cp|rsync|ln)[ \t]+([^\n;&|]+)")
_FILLS = regex(r"\b(?:cp|mv|rsync)[ \t]+([^\n;&|]+)")
# Where a download goes to, by an option of its own.
_DOWNLOADS = regex(
    r"\bcurl[ \t][^\n;|]{0,300}?(?<=[ \t])(?:-[a-zA-Z]{0,8}?o|--output)[ \t=]++(\S++)"
    r"|\bwget[ \t][^\n;|]{0,300}?(?<=[ \t])(?:-[a-zA-Z]{0,8}?O|--output-document)[ \t=]++(\S++)"
)
_ELSEWHERE = frozenset(("", *"/$-~"))  # what begins no path below the folder of a command
_SAMPLES = regex(r"(?i)(?:example|sample|template)|\.(?:default|dist)\b")
_BUILDS = regex(r"\b(?:docker|podman|nerdctl|buildah)\b[^\n]{0,200}\b(?:build|bud)\b")
# Inputs of the action that builds and pushes, Konflux's parameter, and other tools that do.
_PUSHES_IN_CI = regex(
    r"\bpush(?::[ \t]*['\"]?|=)(?:true\b|\$\{\{)|\bkaniko\b|\bname: output-image\b|"
    r"\baz[ \t]++acr[ \t]++build\b(?![^\n]{0,400}--no-push)|" + PUSHES.pattern
)
# What puts a cache into an image or beside it
# (https://docs.docker.com/build/cache/backends/inline/). Without it BuildKit takes no step from an
# image, measured with Docker 26.1.5; the builder before it needs none.
_EXPORTS_BESIDE = regex(
    r"(?i)\bcache[-_]?to\b|\btype=inline\b|BUILDKIT_INLINE_CACHE|DOCKER_BUILDKIT[=:\"' \t]{1,4}0"
)
# What builds write their output into, or people their recipes: there only what git tracks is read.
_MIXED = "build"
# Folders of what GitHub asks people who write to a project.
_OF_FORMS = frozenset(("DISCUSSION_TEMPLATE", "ISSUE_TEMPLATE", "PULL_REQUEST_TEMPLATE"))
_SKIPPED = frozenset((".git", "node_modules", "vendor", ".venv", "venv", "target", "dist", _MIXED))
# What parts an option from its value, in lists of words too. The texts are strangers': no pattern
# may go over one again and again, so these give nothing back.
_VALUE = r"""(?:\\?+["']?[ \t]*+(?:,\s*+|\n[ \t]*+-[ \t]++)|[=\s]++)\\?+["']?"""
_TARGET = regex(rf"--target{_VALUE}([\w.-]+)")
# The key of a table, or what a function of Tilt's is given: in a script or a Makefile it may be any
# word. `target:NAME` is an image that Bake gives to another one.
_TARGET_KEY = regex(
    r"""(?m)(?:^|[{,(])[ \t-]*+["']?(?:\w++-)*+target(?!:\w)["']?\s*+[:=]\s*+["']?([\w.-]++)"""
)
_OF_TABLES = regex(r"(?i)(?:\.(?:ya?ml|json|hcl|toml)|(?:\A|/)tiltfile)\Z")
# What documentation says of targets, up to a name; and that it is about images.
_DOCUMENTED = r"(?i)\btargets?\b[^#]{0,400}?"
_IMAGES = regex(r"(?i)\b(?:docker|podman|buildah|buildx)\b")
_ANY_TARGET = regex(r"--target(?:[ \t]+|=)[\"']?(?:\$|\{\{|%)")
_COMPILES = regex(r"\b(?:cmake|cargo|rustup)\s(?!.*\bdocker)")  # a command of its own `--target`
_ARGUMENT = regex(
    rf"--build-arg{_VALUE}"
    r"""(\w+)=("[^"\n]*"|'[^'\n]*'|\$\([^()\n]*\)|\$\{\{[^{}\n]*+\}\}|[^\s"']*)"""
    r"""|\bbuild[-_]args["']?:[ \t]++["']?([A-Za-z_]\w*+)=([^\n]*)"""
    r"""|^[ \t-]*+["']?(?P<line>[A-Z][A-Z0-9_]*+)["']?[ \t]*+[:=][ \t]*+(\S.*)$""",
    re.MULTILINE,
)
# An argument whose name a variable holds, and what a Jenkinsfile's `environment` sets one to.
_NAMED_BY = regex(rf"(--build-arg{_VALUE})\$\{{?(\w++)\}}?(?==)")
_SETS_NAME = regex(r"""(?m)^[ \t]*+(\w++)[ \t]*+=[ \t]*+["']?([A-Za-z_]\w*+)["']?[ \t]*+$""")
# The first value of several in one line, as commands are given them: `A=1 B=2 make`.
_OF_SEVERAL = regex(
    r"""([^\s"'`$]\S*+|"[^"\n]*+"|'[^'\n]*+'|\$(?:\w|\{|\(\w+\))\S*+)[ \t]++[A-Za-z_]\w*+="""
)
# A value that is set for one command of a shell, with the first of that command's words.
_OF_COMMAND = regex(r"""[ \t]*+[A-Z][A-Z0-9_]*+=([^\s"'`$();&|]++)[ \t]++[^\s-]""")
# What the lines of arguments stand in: of a step in CI, of Compose and of Bake.
_ARGUMENTS = regex(r"""[ \t]*+["']?(?:build[-_])?args["']?[ \t]*+[:=][ \t]*+[|>{]?[-+]?[ \t]*+\Z""")
# A variable of commands, or one of a workflow; not what a command prints.
_OF_ENVIRONMENT = regex(r"\$(?:\w|\{\w|\(\w+\))|\$\{\{[ \t]*+(?:env|vars)\.")
_OF_MATRIX = regex(r"\$\{\{[ \t]*+matrix\.[\w.-]++(?:\[\d++\])*+[ \t]*+\}\}")
_MOST_ARGUMENTS = 20  # lines above one that are looked at
# One in lower case, which settings of a Bake file are called as well.
_LOWER = regex(r"""^[ \t]*+(?P<line>[a-z]\w*+)[ \t]*+=[ \t]*+(\S.*)$""", re.MULTILINE)
_COMPOSE_STARTS = ("compose", "docker-compose")
_COMPOSE = regex(r"(?i)(?:docker-)?compose[\w.-]*\.ya?ml")
_LONGEST = 400  # characters of a command before its option that are looked at
_PROJECTS = ("Cargo.toml", "go.mod", "package.json", "pom.xml", "pyproject.toml", "setup.py")
_DOCUMENTS = (".md", ".rst", ".adoc")
_MAKES = regex(r"\bmkdir[ \t]([^\n;&|]*+)")
_README = "README.md"  # beside a Dockerfile it is read wherever that lies
_MOST_DOCUMENTS = 200  # of one repository; those at its root come first
_CD = regex(r"\bcd[ \t]+([^\s;&|]+)")
# What a build that pushes finds of earlier ones.
COLD, IMPORTED, ANY = "cold", "imported", "any"
MAX_DEPTH = 3  # folders below the root; deeper files build other things
# Compose files beside a Dockerfile are looked for in so many folders below those, and not deeper.
_MOST_DEEP, _DEEPEST = 5_000, 8


class Argument(NamedTuple):
    """A build argument's value as some file writes it; `fixed` where a Bake or Compose file writes
    the value itself, and nothing that it is put in for. `given`: a build is seen to get it, so that
    it is no variable of the file alone. `source` is what the file works a value out of that is put
    in.
    """

    name: str
    value: str
    path: str
    line: int
    fixed: bool = False
    given: bool = False
    source: str = ""

    @property
    def is_filled_in(self) -> bool:
        """Whether something else puts the value in: rows of a matrix stand in the file itself."""
        return _is_open(_OF_MATRIX.sub("", self.value))

    @property
    def is_put_in(self) -> bool:
        """Whether the value stands elsewhere, in the same file or out of it."""
        return _is_open(self.value)

    @property
    def is_of_environment(self) -> bool:
        """Whether a variable is put in that its file does not set."""
        return not self.source and _OF_ENVIRONMENT.search(self.value) is not None


class Pushing(NamedTuple):
    """How each build does that pushes an image: with no cache (`COLD`), with one and files that are
    new on a machine (`IMPORTED`), or with one that is not known (`ANY`). It is for so many
    `platforms`, or at most so many unless they `agree`.
    """

    cache: str = ANY
    platforms: int = 0
    agree: bool = True


def _is_open(value: str) -> bool:
    return any(mark in value for mark in ("$", "{{", "`"))


class Recipes:
    """The build recipes of the repository at `root`, read by need."""

    def __init__(self, root: Path, depth: int = MAX_DEPTH) -> None:
        """Look `depth` folders below `root`; a folder that cannot be read holds nothing."""
        self.root = root
        self._depth = depth
        self._mentioned: dict[re.Pattern[str], bool] = {}
        self._kept: dict[object, Any] = {}

    def keep(self, key: object, work_out: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever is kept
        """Return what was worked out of the repository before, or is now."""
        if key not in self._kept:
            self._kept[key] = work_out()
        return self._kept[key]

    @lazy
    def targets(self) -> frozenset[str]:
        """Names, in lower case, that a file gives as a target; not each is a stage."""
        told = {name for names in self._named.values() for name in names}
        return frozenset(told | {each.target.lower() for each in self.builds if each.target})

    @property
    def builds_any_stage(self) -> bool:
        """Whether one of them leaves the target to a variable (`--target $*`)."""
        return self.mention(_ANY_TARGET)

    def targets_of(self, dockerfile: str) -> frozenset[str]:
        """Return those names that may be a stage of one Dockerfile: where every command of a file
        that gives the name is known to build other ones, or a part of them, it is none of this.
        """
        builds = [each for each in self.builds_of(dockerfile) if not each.delivery.part]
        own = {each.target.lower() for each in builds}
        # a script of which nothing tells what it builds hardly builds what CI does
        known = {each.path for each in builds} if _some_of_ci(builds) else None
        told = {
            name
            for path, names in self._naming(dockerfile)
            for name in names
            if known is None or path in known or not self._is_script(path)
        }
        return frozenset(told | own - {""})

    def _naming(self, dockerfile: str) -> Iterator[tuple[str, set[str]]]:
        """Yield the files that name targets, with those names that they are not known to give other
        Dockerfiles alone, or a part of this one.
        """
        elsewhere = Counter(
            (each.path, each.target.lower())
            for each in self.builds
            if each.dockerfile != dockerfile or each.delivery.part
        )
        for path, names in self._named.items():
            yield path, {name for name, count in names.items() if count > elsewhere[path, name]}

    def asks_for(self, dockerfile: str, stage: str) -> bool:
        """Tell whether a stage of a Dockerfile, its name in lower case, is built for other images,
        or the repository's documentation names it as a target.
        """
        own = self.builds_of(dockerfile)
        if any(each.delivery.part and each.target.lower() == stage for each in own):
            return True
        wanted = regex(_DOCUMENTED + rf"(?<![\w.-]){re.escape(stage)}(?![\w-])")
        texts = [text for _, text in self.documents]
        texts += [self.read(posixpath.join(posixpath.dirname(dockerfile), _README))]
        return any(wanted.search(text) for text in texts if _IMAGES.search(text))

    @lazy
    def _named(self) -> Mapping[str, Counter[str]]:
        """How often each file gives a name as a target, by the file's path; those of compilers are
        none.
        """
        return {path: Counter(_targets_in(path, text)) for path, text in self.texts}

    @lazy
    def builds(self) -> tuple[Built, ...]:
        """The builds that they describe, as far as that is known; one that several describe comes
        once for each.
        """
        return self._reading.builds if self.texts else ()

    @property
    def hidden(self) -> tuple[tuple[str, Claim], ...]:
        """The builds of which a variable hides the Dockerfile or the context, each with the path of
        its recipe.
        """
        return self._reading.hidden if self.texts else ()

    @lazy
    def _reading(self) -> Reading:
        from dlint.project.builds import read_builds

        return read_builds(self.root, self.texts)

    @lazy
    def documented(self) -> tuple[Built, ...]:
        """The builds that the repository's documentation tells its readers to start."""
        from dlint.project.builds import builds_in

        return builds_in(self.root, ((path, self._at_root(text)) for path, text in self.documents))

    @lazy
    def documents(self) -> tuple[tuple[str, str], ...]:
        """The repository's documentation, path and text of each."""
        return self._read(self._found.documents[:_MOST_DOCUMENTS])

    def read(self, path: str) -> str:
        """Return the text of a file of the repository; "" where there is none."""
        return text_below(self.root, path)

    def _at_root(self, text: str) -> str:
        """Return a document's commands, each on a line of its own, without the `cd` into what a
        reader has just cloned.
        """

        def kept(match: re.Match[str]) -> str:
            return match[0] if (self.root / match[1].strip("\"'")).is_dir() else ""

        return _CD.sub(kept, text.replace("`", "\n"))

    def builds_of(self, dockerfile: str) -> Sequence[Built]:
        """Return the builds of one Dockerfile."""
        return self._by_dockerfile.get(dockerfile, ())

    @lazy
    def _by_dockerfile(self) -> Mapping[str, Sequence[Built]]:
        return _grouped(self.builds, attrgetter("dockerfile"))

    def caches(self, dockerfile: str, context: str, target: str) -> Told:
        """Return the build caches that go with a Dockerfile, of which all builds in a context tell
        the same where they tell any.
        """
        from dlint.project.cache_entry import agreed

        own, wanted = self.builds_of(dockerfile), (context, target)
        return agreed(each.caches for each in own if (each.context, each.target) == wanted)

    def cold_pushes(self, dockerfile: str, argument: str = "") -> Sequence[Built]:
        """Return the builds of a Dockerfile that push it, where none of them takes a step from a
        cache; none where one may. Those decide that pass `argument`, and those of CI where there
        are any, of which those that push most often go before others.
        """
        pushing = self.regular_pushes(dockerfile, argument)
        return pushing if all(map(self.is_cold, pushing)) else ()

    def share_no_cache(self, dockerfile: str, argument: str) -> bool:
        """Tell whether each build that pushes a Dockerfile with an argument reads GitHub's cache,
        and finds there what was written for the same request, tag or release alone.
        """
        from dlint.project.delivery import GITHUBS

        pushing = self.regular_pushes(dockerfile, argument)
        apart = (each.delivery.hopes == GITHUBS and not each.delivery.on_branch for each in pushing)
        return (
            bool(pushing)
            and all(apart)
            and not any(map(self._may_be_for_branches, self.keepers(GITHUBS)))
        )

    def unwarmed_pushes(self, dockerfile: str) -> Sequence[Built]:
        """Return the builds of a Dockerfile that push it, where each takes steps from a cache for
        some of its platforms alone.
        """
        pushing = self.regular_pushes(dockerfile)
        return pushing if all(each.delivery.unwarmed for each in pushing) else ()

    def read_cache(self, dockerfile: str) -> bool:
        """Tell whether each build that pushes a Dockerfile reads a cache, as far as is known."""
        pushing = self.regular_pushes(dockerfile)
        hidden = [each for _, each in self.hidden_of(dockerfile) if each.delivery.pushes]
        return bool(pushing or hidden) and (
            all(map(self._reads_cache, pushing)) and all(each.reads_cache for each in hidden)
        )

    def _reads_cache(self, built: Built) -> bool:
        is_unknown = self.is_warmed_by_hand(built)
        return built.delivery.reads and not (is_unknown or self.is_cold(built))

    def hidden_of(self, dockerfile: str) -> list[tuple[str, Claim]]:
        """Return the builds of which a variable hides what they build that may be of a Dockerfile,
        each with the path of its recipe.
        """
        if not self.hidden:
            return []
        from dlint.project.builds import as_found
        from dlint.project.fitting import fits

        plain = posixpath.join(posixpath.dirname(dockerfile), "Dockerfile")
        written = plain if as_found(self.root, plain) == dockerfile else dockerfile
        found: list[tuple[str, Claim]] = self.keep(
            (Recipes.hidden_of, dockerfile),
            lambda: _partly_written(each for each in self.hidden if fits(each[1].file, written)),
        )
        return found

    def hide_cold_builds(self, dockerfile: str) -> bool:
        """Tell whether builds of which a variable hides what they build may be of a Dockerfile, and
        each of those, or each that pushes, is told to use no cache.
        """
        told = [each.delivery for _, each in self.hidden_of(dockerfile)]
        told = [each for each in told if each.pushes] or told
        return bool(told) and all(each.refuses_cache for each in told)

    def hide_cold_pushes(self, dockerfile: str) -> bool:
        """Tell whether nothing pushes a Dockerfile but builds of which a variable hides a part of
        its path, and none of those takes a step from a cache.
        """
        told = [each for _, each in self.hidden_of(dockerfile) if each.delivery.is_pushed]
        if not told or self._pushes_of(dockerfile):
            return False
        from dlint.project.fitting import names_folder

        return all(each.delivery.cold and names_folder(each.file) for each in told)

    def are_released(self, dockerfile: str) -> bool:
        """Tell whether workflows push a Dockerfile's image for releases alone, by the clock, or by
        hand, and nothing else pushes it: the one at the root may be what workflows of other
        repositories build.
        """
        pushing = self._pushes_of(dockerfile)
        if not pushing:
            return dockerfile.lower() == "dockerfile" and self._are_released_elsewhere
        return not any(
            each.delivery.per_commit or not tells_what_starts(each.path)
            for each in self._without_unstarted(pushing)
        )

    def _without_unstarted(self, pushing: Sequence[Built]) -> Sequence[Built]:
        """Leave out, where CI pushes as well, what only people start, by hand."""
        if not _some_of_ci(pushing):
            return pushing
        return [each for each in pushing if is_of_ci(each.path) or self._is_started(each.path)]

    def _is_started(self, path: str) -> bool:
        """Tell whether another recipe starts one, as far as its name tells: else people do, by
        hand. What workflows run of a Makefile and its like counts as their own.
        """
        from dlint.project.starting import is_started_by

        if posixpath.basename(path).lower() in _FOLLOWED:
            return False
        others = (each for each in self.text_of if each != path)
        return any(is_started_by(self.without_prose(each), path) for each in others)

    def without_prose(self, path: str) -> str:
        """Return a recipe without what it tells its readers."""
        from dlint.project.starting import PROSE

        key = (Recipes.without_prose, path)
        text: str = self.keep(key, lambda: PROSE.sub("", self.text_of[path]))
        return text

    @lazy
    def _are_released_elsewhere(self) -> bool:
        """Whether nothing here is known to push an image, and workflows of other repositories do,
        for releases alone.
        """
        if self.pushing or self.hidden:
            return False
        from dlint.project.foreign_calls import are_called_for_releases

        return are_called_for_releases(self.texts)

    def finds_mounts_empty(self, dockerfile: str) -> bool:
        """Tell whether each build that pushes a Dockerfile runs on a new machine, where no cache
        mount holds anything yet.
        """
        pushing = self.regular_pushes(dockerfile)
        return bool(pushing) and all(each.delivery.fresh for each in pushing)

    def makes_one_layer(self, dockerfile: str) -> bool:
        """Tell whether all that builds a Dockerfile, and may push it, makes one layer of its
        steps: what CI builds, where it does.
        """
        own = self.builds_of(dockerfile)
        told = [each for each in own if not each.delivery.is_for_builder] or own
        told = [each for each in told if is_of_ci(each.path)] or told
        return bool(told) and all(each.delivery.single for each in told)

    def may_reuse_steps(self, dockerfile: str) -> bool:
        """Tell whether the build of a single commit may take steps from a cache: not where all that
        pushes the Dockerfile has none, or runs for releases alone.
        """
        return not self.cold_pushes(dockerfile) and not self.are_released(dockerfile)

    def keep_images_alone(self, dockerfile: str) -> bool:
        """Tell whether each build that pushes a Dockerfile runs on a new machine, and all caches
        that it reads are known to hold the layers of images alone (`mode=min`).
        """
        pushing = self.regular_pushes(dockerfile)
        if not pushing or not all(each.delivery.fresh for each in pushing):
            return False
        told = [each.caches for each in pushing]
        sources = [{one.written for one in each.every_source} for each in told]
        known = self._places_of_images | self._images_that_hold_one(told)
        return all(sources) and set().union(*sources) <= known

    def choose_small_caches(self, dockerfile: str) -> bool:
        """Tell whether a build that pushes a Dockerfile says of a cache that it exports that this
        is to hold the layers of the image alone (`mode=min`, which is the default).
        """
        from dlint.project.cache_entry import MIN

        exports = (
            one for each in self.regular_pushes(dockerfile) for one in each.caches.every_export
        )
        return any(each.get("mode") == MIN for each in exports)

    @lazy
    def _exports(self) -> Sequence[CacheEntry]:
        return [one for each in self.builds for one in each.caches.every_export]

    @lazy
    def _places_of_images(self) -> frozenset[tuple[str, ...]]:
        """The places of caches to which no build exports more than the layers of its image, as
        they are written: with an expression in it, a place is the same for what writes and reads.
        """
        from dlint.project.cache_entry import MIN

        larger = {each.written for each in self._exports if each.mode != MIN}
        return frozenset(each.written for each in self._exports) - larger - {()}

    def _images_that_hold_one(self, told: Sequence[Told]) -> frozenset[tuple[str, ...]]:
        """Return the images that builds read a cache of, where each of them puts its own into the
        image, and nothing exports any to a registry.
        """
        from dlint.project.cache_entry import INLINE, REGISTRY

        puts_in = all(any(one.type == INLINE for one in each.exports) for each in told)
        if not puts_in or any(each.type == REGISTRY for each in self._exports):
            return frozenset()
        read = (one for each in told for one in each.every_source)
        return frozenset(one.written for one in read if one.type == REGISTRY)

    def regular_pushes(self, dockerfile: str, argument: str = "") -> Sequence[Built]:
        """Return the builds that push a Dockerfile: those that pass `argument`, and those of CI
        where there are any, of which those that push most often go before others.
        """
        pushing = self._pushes_of(dockerfile)
        givers = {each.path for each in self.arguments_of(argument) if each.given}
        pushing = [
            each for each in pushing if each.path in givers and each.may_pass(argument)
        ] or pushing
        by_ci = [each for each in pushing if is_of_ci(each.path)]
        most = max((each.delivery.often for each in by_ci), default=0)
        return [each for each in by_ci if each.delivery.often == most] or pushing

    def _pushes_of(self, dockerfile: str) -> list[Built]:
        """Return the builds of a Dockerfile that push it."""
        return [each for each in self.builds_of(dockerfile) if each.delivery.is_pushed]

    def keep_default(self, dockerfile: str, name: str, default: str | None) -> bool:
        """Tell whether each build that pushes a Dockerfile, of which there are some, leaves a build
        argument at its default.
        """
        pushing = self._pushes_of(dockerfile)
        return bool(pushing) and all(each.keeps_default(name, default) for each in pushing)

    def leave_out(self, dockerfile: str, name: str, context: str = "") -> bool:
        """Tell whether the push of a Dockerfile that passes the fewest build arguments passes all
        but one of that name, as far as is known; `context` as below.
        """
        told = [each.fewest for each in self._regular_pushes_in(dockerfile, context)]
        return any(each is not None and name not in each for each in told)

    def passed_by_pushes(self, dockerfile: str, name: str, context: str = "") -> list[Argument]:
        """Return what the builds that push a Dockerfile most often pass as an argument; nothing
        where one of them passes none. Those in `context` tell, where there are any: another folder
        makes another image.
        """
        return self._passed_by_each(self._regular_pushes_in(dockerfile, context), name)

    def _regular_pushes_in(self, dockerfile: str, context: str) -> Sequence[Built]:
        pushing = self.regular_pushes(dockerfile)
        return [each for each in pushing if each.context == context] or pushing

    def always_passed(self, dockerfile: str, name: str) -> list[Argument]:
        """Return the same of all known builds of a Dockerfile where none is known to push it."""
        return self._passed_by_each(
            self.regular_pushes(dockerfile) or self.builds_of(dockerfile), name
        )

    def _passed_by_each(self, builds: Sequence[Built], name: str) -> list[Argument]:
        paths = {each.path for each in builds}
        told = [each for each in self.arguments_of(name) if each.given and each.path in paths]
        is_passed = paths <= {each.path for each in told}
        return told if is_passed and all(each.may_pass(name) for each in builds) else []

    def is_cold(self, built: Built) -> bool:
        """Tell whether a build takes no step from a cache: GitHub's and an image hold none that no
        file of the repository exports.
        """
        from dlint.project import delivery

        if built.delivery.cold:
            return True
        match built.delivery.hopes:
            case delivery.GITHUBS | delivery.FOLDERS:
                paths = self.keepers(built.delivery.hopes)
                is_found = self._finds_githubs_cache(built, paths)
                return not (is_found or any(map(self._may_be_for_branches_by_hand, paths)))
            case delivery.IMAGES:
                return not self.mention(_EXPORTS_BESIDE)
        return False

    def is_warmed_by_hand(self, built: Built) -> bool:
        """Tell whether a build finds a cache only if somebody has started what writes it by hand,
        for a branch: nobody knows whether it is there.
        """
        told = built.delivery
        if told.cold or not told.hopes or self.is_cold(built):
            return False
        paths = self.keepers(told.hopes)
        return bool(paths) and not self._finds_githubs_cache(built, paths)

    def keepers(self, hopes: str) -> Sequence[str]:
        """Return the recipes that write GitHub's cache, or keep folders in it, by their paths."""
        from dlint.project import delivery
        from dlint.project.githubs_cache import keeping, writing

        found: Sequence[str] = ()
        if hopes == delivery.GITHUBS:
            found = self.keep(writing, lambda: writing(self.texts, self.builds))
        elif hopes == delivery.FOLDERS:
            found = self.keep(keeping, lambda: keeping(self.texts))
        return found

    def _finds_githubs_cache(self, built: Built, paths: Iterable[str]) -> bool:
        """Tell whether one of the recipes that write GitHub's cache does so where a build that
        reads it may look: for a branch, or for requests where nothing else starts that one.
        """
        is_of_requests = built.delivery.per_commit and not built.delivery.on_branch
        return any(
            self._may_be_for_branches(each) or (is_of_requests and not self.is_for_tags(each))
            for each in paths
        )

    def _may_be_for_branches(self, path: str) -> bool:
        """Tell whether a recipe may run for a branch, as far as what starts it tells."""
        from dlint.project.githubs_cache import runs_for_branches

        if path not in self.text_of or not is_of_ci(path) or self._is_called_unseen(path):
            return True
        told: bool = self.keep(
            (runs_for_branches, path),
            lambda: (
                any(runs_for_branches(self.text_of[each]) for each in self.starters_of(path))
                or any(each.path == path and each.delivery.on_branch for each in self.builds)
            ),
        )
        return told

    def _may_be_for_branches_by_hand(self, path: str) -> bool:
        """Tell whether people may start a recipe for a branch."""
        from dlint.project.githubs_cache import is_started_by_hand

        return any(is_started_by_hand(self.text_of[each]) for each in self.starters_of(path))

    def _is_called_unseen(self, path: str) -> bool:
        """Tell whether other workflows may start one, and none of them is seen."""
        from dlint.project.starting import is_callable

        return path not in self._callers and is_callable(self.text_of[path])

    def is_for_tags(self, path: str) -> bool:
        """Tell whether a file of CI builds for tags and releases alone, whatever starts it."""
        from dlint.project.pipelines import is_for_tags_alone, started_by

        told: bool = self.keep(
            (Recipes.is_for_tags, path),
            lambda: (
                path in self.text_of
                and is_of_ci(path)
                and all(
                    is_for_tags_alone(started_by(self.text_of[each]))
                    for each in self.starters_of(path)
                )
            ),
        )
        return told

    def starters_of(self, path: str, wanted: str = "") -> frozenset[str]:
        """Return the workflows that start one, which some may call: those of these that name what
        is `wanted`, where any does.
        """
        from dlint.project.starting import starters_of

        return starters_of(self.text_of, self._callers, path, wanted)

    @lazy
    def _callers(self) -> Mapping[str, Sequence[str]]:
        """The workflows that call another one, by the path of that."""
        from dlint.project.starting import callers_in

        return callers_in(self.texts)

    def are_fetched(self, dockerfile: str) -> bool:
        """Tell whether the builder fetches the commit itself in each build of a Dockerfile that may
        push it.
        """
        told = [
            each.delivery.fetched
            for each in self.builds_of(dockerfile)
            if (each.delivery.pushes or each.path in self.pushing) and not each.delivery.stays
        ]
        return bool(told) and all(told)

    def written_by_pushes(self, dockerfile: str) -> list[dict[str, str]]:
        """Return what each job writes before that pushes a Dockerfile, of those recipes that do so
        most often, or else each that pushes any: files, as paths from the root, with the commands;
        nothing where one of these recipes is not read. Jobs that name the Dockerfile stand for
        those that do not.
        """
        told = [self._jobs_in(path) for path in self._pushing_files(dockerfile)]
        jobs = [job for jobs in told for job in jobs] if all(told) else []
        own = [job for job in jobs if dockerfile in job.text] or jobs
        return [job.written for job in own]

    def filled_by_pushes(self, dockerfile: str) -> frozenset[str]:
        """Return the folders, as paths from the root, that a recipe which pushes a Dockerfile may
        fill by installs of its own before.
        """
        jobs = (job for path in self._pushing_files(dockerfile) for job in self._jobs_in(path))
        return frozenset[str]().union(*(job.filled for job in jobs))

    def _pushing_files(self, dockerfile: str) -> list[str]:
        """Return the recipes that push a Dockerfile most often, or else each that pushes any."""
        others = (each for each in self.builds if each.delivery.is_pushed)
        pushing = self.regular_pushes(dockerfile) or others
        return sorted({each.path for each in pushing})

    def _jobs_in(self, path: str) -> list[Job]:
        """Return what each job of a recipe does before it builds, which each Dockerfile asks."""
        from dlint.project.written import written_before_builds

        text, texts = self.text_of.get(path, ""), self.text_of
        key = (written_before_builds, path)
        found: list[Job] = self.keep(key, lambda: [*written_before_builds(text, texts)])
        return found

    def are_edited(self, dockerfile: str) -> bool:
        """Tell whether each recipe that pushes a Dockerfile writes or changes the file before, so
        that it builds another one.
        """
        pushing = {each.path for each in self._pushes_of(dockerfile)}
        return bool(pushing) and all(self._rewrites(path, dockerfile) for path in pushing)

    def _rewrites(self, path: str, dockerfile: str) -> bool:
        from dlint.project.rewrites import rewritten_by_jobs, rewritten_in

        text = self.text_of.get(path, "")
        name = posixpath.basename(dockerfile)
        written = rewritten_by_jobs if path.startswith(".github/workflows/") else rewritten_in
        found = written(text) if name in text else frozenset[str]()
        return dockerfile in found or (name in found and not (self.root / name).is_file())

    def built_with(self, dockerfile: str) -> frozenset[str]:
        """Return the Dockerfiles that a recipe builds which builds this one, too."""
        told = {each.path for each in self.builds_of(dockerfile)}
        return frozenset(each.dockerfile for each in self.builds if each.path in told)

    def is_built_by_ci(self, dockerfile: str) -> bool:
        """Tell whether a file of a CI service builds a Dockerfile."""
        return _some_of_ci(self.builds_of(dockerfile))

    def is_only_tried(self, dockerfile: str) -> bool:
        """Tell whether a CI service builds a Dockerfile for its own machine, and no file that
        builds it pushes anything.
        """
        own = self.builds_of(dockerfile)
        tried = [each.delivery.is_for_builder for each in own if is_of_ci(each.path)]
        return bool(tried) and all(tried) and not self._any_pushes({each.path for each in own})

    def _any_pushes(self, paths: Collection[str]) -> bool:
        """Tell whether one of some recipes has a command that pushes something."""
        return any(path in paths and PUSHES.search(text) for path, text in self.texts)

    def keeps_here(
        self, dockerfile: str, name: str, *, is_last: bool, is_source: bool = False
    ) -> bool:
        """Tell whether what builds a stage of a Dockerfile says that its image is pushed nowhere:
        all of it does, or it is built beside a product, to be a source of its files or by a name of
        development. The last stage is built wherever no target is told.
        """
        own = self.builds_of(dockerfile)
        told = [each for each in own if each.target.lower() == name]
        by_default = is_last and not all(each.target for each in own)
        if by_default or self._may_leave_ci(told):
            return False
        if self._only_tilt_names(dockerfile, name):
            is_named = bool(told) or name in self.targets
            is_pushed = bool(self._pushes_of(dockerfile))
            if is_named and all(_is_kept(each, beside=is_pushed) for each in told):
                return True
            if is_source and _some_of_ci(own):
                return not _any_may_be_pushed(own)
        return is_no_product(name) and self._is_built_beside(dockerfile, name)

    def _is_built_beside(self, dockerfile: str, name: str) -> bool:
        """Tell whether other stages of a Dockerfile are built for others, and no recipe that pushes
        may build this one.
        """
        own = self.builds_of(dockerfile)
        told = {each.path for each in own if each.target.lower() == name}
        naming = {path for path, names in self._naming(dockerfile) if name in names}
        if _any_may_be_pushed(own) or naming & self.pushing - told:
            return False
        return _some_of_ci(own) or not all(is_no_product(each.target) for each in own)

    def _may_leave_ci(self, told: Collection[Built]) -> bool:
        """Tell whether a CI service does more with an image than to try it on its own machine."""
        if any(each.delivery.asked for each in told):
            return True
        by_ci = [each for each in told if is_of_ci(each.path) and not _is_tried(each)]
        stay = all(each.delivery.stays for each in by_ci)
        return not stay or self._any_pushes({each.path for each in by_ci})

    def _only_tilt_names(self, dockerfile: str, name: str) -> bool:
        """Tell whether no other file than those which build a target of a Dockerfile names it, but
        for Tilt's.
        """
        paths = {each.path for each in self.builds_of(dockerfile) if each.target.lower() == name}
        named = (path for path, names in self._naming(dockerfile) if name in names)
        return all(path in paths or _is_of_tilt(path) for path in named)

    def is_for_job(self, dockerfile: str) -> bool:
        """Tell whether all that builds a Dockerfile starts the image itself, and ends with it."""
        own = self.builds_of(dockerfile)
        return bool(own) and all(each.delivery.for_job for each in own)

    @lazy
    def pushing(self) -> frozenset[str]:
        """The recipes that push an image, by their paths: a task of Azure's, or a template, may say
        so without any word of that.
        """
        told = {path for path, text in self.texts if _PUSHES_IN_CI.search(text)}
        if not any(is_of_azure(path) for path, _ in self.texts):
            return frozenset(told)
        claims = ((each.path, each.delivery) for each in self.builds)
        hidden = ((path, each.delivery) for path, each in self.hidden)
        by_task = {path for path, each in (*claims, *hidden) if each.pushes and is_of_azure(path)}
        return frozenset(told | by_task)

    @lazy
    def may_tell(self) -> bool:
        """Whether there is a file that may say how images are built: a package's scripts only if
        they speak of any.
        """
        return any(
            posixpath.basename(path) != "package.json" or SPEAKS.search(text)
            for path, text in self.texts
        )

    @lazy
    def has_workflows(self) -> bool:
        """Whether there is a file by which a CI service runs anything."""
        return any(
            is_of_ci(path) and (not path.startswith(".github/") or "/workflows/" in path)
            for path, _ in self.texts
        )

    def is_in_copy(self, dockerfile: str) -> bool:
        """Tell whether a folder around a Dockerfile, below the root, is a repository's own top: it
        holds workflows, which run nowhere but at a root.
        """
        folders = [str(each) for each in Path(dockerfile).parents][:-1]
        return any((self.root / each / ".github/workflows").is_dir() for each in folders)

    def is_assembled(self, dockerfile: str) -> bool:
        """Tell whether a recipe copies a Dockerfile, or all of its folder, to where it builds, or
        GoReleaser does, or makes a folder to build it in: the context is made there, and no folder
        of the repository is it.
        """
        if self.builds_of(dockerfile):
            return False
        if dockerfile in self.released:
            return True
        if not self._copied.isdisjoint((dockerfile, posixpath.dirname(dockerfile))):
            return True
        hidden = self.hidden_of(dockerfile)
        return bool(hidden) and all(self._makes_context(*each) for each in hidden)

    def _makes_context(self, path: str, claim: Claim) -> bool:
        """Tell whether a recipe makes the folder that it builds in, which the repository lacks."""
        own = frozenset((claim.context, f"{claim.context}/", f"./{claim.context}"))
        made = (each.split() for each in _MAKES.findall(self.text_of.get(path, "")))
        return any(map(own.intersection, made)) and not (self.root / claim.folder).exists()

    @lazy
    def released(self) -> frozenset[str]:
        """The Dockerfiles that GoReleaser builds."""
        if not self._found.releases:
            return frozenset()
        from dlint.project.goreleaser import released

        return frozenset(
            path for _, text in self._read(self._found.releases) for path in released(text)
        )

    @lazy
    def _copied(self) -> frozenset[str]:
        """What recipes that build an image copy or link, as paths from the root: a script may be
        started there, or in its own folder.
        """
        found: set[str] = set()
        for path, text in self.texts:
            for command in _COPIES.finditer(text) if _BUILDS.search(text) else ():
                for word in command[1].split()[:-1]:
                    source = word.strip("\"'").removesuffix("/*").removesuffix("/.")
                    for start in ("", posixpath.dirname(path)):
                        found.add(posixpath.normpath(posixpath.join(start, source)))
        return frozenset(found - {".", ".."})

    def filled_by(self, path: str) -> frozenset[str]:
        """Return where the commands of a recipe copy or move to, as paths from the root."""
        words = self._filled_by(path)
        return frozenset(map(posixpath.normpath, (word for word in words if word[0] != ".")))

    def _filled_by(self, path: str) -> Iterator[str]:
        """Yield the same as written, as seen from wherever the commands run."""
        text = self.text_of.get(path, "")
        told = (command[1] for command in _FILLS.finditer(text))
        ends = (each.split()[1:][-1:] for each in told if not _SAMPLES.search(each))
        words = (word.strip("\"'").removeprefix("./") for end in ends for word in end)
        return (word for word in words if word[:1] not in _ELSEWHERE)

    def is_replaced(self, path: str) -> bool:
        """Tell whether a recipe copies or moves a file over the one at a path, from the root, as
        its name tells.
        """
        folder, _, name = path.rpartition("/")
        names = self._brought.get(folder)  # none for most files of a large context
        return names is not None and any(fnmatchcase(name, each) for each in names)

    @lazy
    def _brought(self) -> Mapping[str, Sequence[str]]:
        """The names of files, as patterns, that recipes copy or move into folders, by these."""
        found: dict[str, list[str]] = {}
        for command in (each for _, text in self.texts for each in _FILLS.finditer(text)):
            words = [word.strip("\"'") for word in command[1].split()]
            for folder in words[1:][-1:]:
                names = map(posixpath.basename, words[:-1])
                found.setdefault(posixpath.normpath(folder), []).extend(names)
        return found

    def downloads_for(self, dockerfile: str) -> frozenset[str]:
        """Return where the recipes that build a Dockerfile download to, as paths from the root."""
        texts = (self.text_of.get(each.path, "") for each in self.builds_of(dockerfile))
        found = (each for text in set(texts) for pair in _DOWNLOADS.findall(text) for each in pair)
        words = (word.strip("\"'").removeprefix("./") for word in found)
        return frozenset(posixpath.normpath(word) for word in words if word[:1] not in _ELSEWHERE)

    @lazy
    def filled(self) -> frozenset[str]:
        """Where all of them copy or move to, as `filled_by` tells."""
        return frozenset(each for path, _ in self.texts for each in self.filled_by(path))

    @lazy
    def filled_names(self) -> frozenset[str]:
        """What the last parts of these are called, and of places beside the folder of a command."""
        words = (word for path, _ in self.texts for word in self._filled_by(path))
        return frozenset(posixpath.basename(posixpath.normpath(word)) for word in words)

    @lazy
    def has_project(self) -> bool:
        """Whether a manifest at the root says that the repository is a program's or a library's."""
        return any((self.root / name).is_file() for name in _PROJECTS)

    @lazy
    def arguments(self) -> tuple[Argument, ...]:
        """Build arguments and upper-case assignments, as written; the same name may come more than
        once.
        """
        return tuple(each for path, text in self.texts for each in _assigned(path, text))

    def arguments_of(self, name: str) -> Sequence[Argument]:
        """Return those of one name."""
        return self._arguments.get(name, ())

    def passed_to(self, dockerfile: str, name: str) -> Sequence[Argument]:
        """Return what tells the values of a build argument of a Dockerfile: the recipes that build
        it and pass the argument, or all where such a one puts in what it does not set itself.
        """
        told = self.arguments_of(name)
        own = {each.path for each in self.builds_of(dockerfile) if each.may_pass(name)}
        given = [each for each in told if each.given and each.path in own]
        if not given or any(each.is_of_environment for each in given):
            return told
        paths = {each.path for each in given}
        return [each for each in told if each.path in paths]

    @lazy
    def _arguments(self) -> Mapping[str, Sequence[Argument]]:
        return _grouped(self.arguments, attrgetter("name"))

    def mention(self, wanted: re.Pattern[str]) -> bool:
        """Tell whether `wanted` is found in any of them; each is looked for once."""
        if wanted not in self._mentioned:
            self._mentioned[wanted] = any(wanted.search(text) for _, text in self.texts)
        return self._mentioned[wanted]

    @lazy
    def dockerfiles(self) -> Mapping[str, str]:
        """The texts of the repository's Dockerfiles by path; none outside: nothing says what
        belongs together.
        """
        found = self._read(self._found.dockerfiles) if self._depth else ()
        return {path: text for path, text in found if is_dockerfile_text(text)}

    @lazy
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The recipes, path and text of each."""
        found = self._read(self._found.recipes)
        found = tuple(each for each in found if not each[0].endswith(".hcl") or _is_bake(*each))
        return (*found, *self._scripts(found))

    @lazy
    def text_of(self) -> Mapping[str, str]:
        """The text of each recipe, by its path."""
        return dict(self.texts)

    def _is_script(self, path: str) -> bool:
        return path.endswith(SCRIPTS) or path in self._without_ending

    @lazy
    def _without_ending(self) -> frozenset[str]:
        """The paths that may be scripts: there may be many, and each recipe is looked for."""
        return frozenset(self._found.scripts)

    def _scripts(self, recipes: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the scripts without an ending that speak of images, where anybody may start them or
        a recipe reads them: most of such are wrappers of build tools, which tell nothing of who
        builds any.
        """
        read = {posixpath.basename(name) for _, text in recipes for name in _SOURCES.findall(text)}
        top = os.fspath(self.root)
        for path in self._found.scripts[:_MOST_SCRIPTS]:
            # a Path of each would take longer than to ask for it
            if posixpath.basename(path) in read or os.access(f"{top}/{path}", os.X_OK):
                text = text_below(self.root, path, start=b"#!")
                if _SHELLS.match(text) and _IMAGES.search(text):
                    yield path, text

    def _read(self, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        texts = ((path, text_below(self.root, path)) for path in paths)
        return tuple((path, text) for path, text in texts if text)

    @lazy
    def _found(self) -> _Found:
        """Look for files of all kinds at once; paths are relative to the root, with "/"."""
        found = _Found([], [], [], [], [])
        if self._walk(found):
            for path in self._tracked_mixed():
                found.take(path, posixpath.basename(path), in_ci=False)
        return found

    def _walk(self, found: _Found) -> bool:
        """Take the files of all folders but those left out; tell whether one that may hold output
        as well is among these.
        """
        top, deep, has_mixed = os.fspath(self.root), 0, False
        for folder, names, files in os.walk(top):
            relative = folder[len(top) :].replace(os.sep, "/").strip("/")
            parts = relative.split("/") if relative else []
            in_ci = bool(parts) and parts[0] in CI_FOLDERS
            has_mixed |= _MIXED in names and not in_ci and len(parts) < self._depth
            names[:] = sorted(name for name in names if _is_looked_into(name, in_ci=in_ci))
            if len(parts) >= self._depth:
                deep += 1
                if not self._depth or len(parts) >= _DEEPEST or deep > _MOST_DEEP:
                    names.clear()
            if len(parts) > self._depth:
                found.recipes.extend("/".join([*parts, name]) for name in _beside(files))
            else:
                for name in sorted(files):
                    found.take("/".join([*parts, name]), name, in_ci=in_ci)
        return has_mixed

    def _tracked_mixed(self) -> list[str]:
        """Return the tracked files of folders that may hold output as well."""
        from dlint.context.repositories import find_repository

        repository = find_repository(self.root)
        tracked = (repository.tracked_in(_MIXED) if repository else None) or ()
        return sorted(path for path in tracked if self._is_near(path.split("/")[:-1]))

    def _is_near(self, folders: Sequence[str]) -> bool:
        """Tell whether a file in these folders, one in another, is one to read."""
        if len(folders) > self._depth or folders[0] in CI_FOLDERS:
            return False
        return all(each == _MIXED or _is_looked_into(each, in_ci=False) for each in folders)


def _grouped(values: Iterable[ValueT], key: Callable[[ValueT], str]) -> dict[str, list[ValueT]]:
    found: dict[str, list[ValueT]] = {}
    for each in values:
        found.setdefault(key(each), []).append(each)
    return found


def _is_bake(path: str, text: str) -> bool:
    from dlint.project.bake import is_bake

    return is_bake(path, text)


def decides_builds(name: str) -> bool:
    """Tell whether a file of this name may say how images are built, or be a Dockerfile."""
    return _is_recipe(name, in_ci=True) or is_dockerfile(name) or "." not in name


def _is_looked_into(folder: str, *, in_ci: bool) -> bool:
    if in_ci:  # an action may be called `build`
        return folder not in _OF_FORMS
    hidden = folder.startswith(".") and folder not in CI_FOLDERS
    return folder not in _SKIPPED and not hidden


def _beside(files: Sequence[str]) -> list[str]:
    """Return the Compose files of a folder that holds a Dockerfile as well."""
    found = sorted(each for each in files if _is_of_compose(each))
    return found if found and any(map(is_dockerfile, files)) else []


def _is_of_compose(name: str) -> bool:
    return name.lower().startswith(_COMPOSE_STARTS) and _COMPOSE.fullmatch(name) is not None


def _is_tried(built: Built) -> bool:
    """Tell whether a command of CI builds a Dockerfile to see whether that works: nothing can push
    an image later that has no name.
    """
    told = built.delivery
    return is_of_ci(built.path) and told.untagged and not told.pushes


def _is_kept(built: Built, *, beside: bool) -> bool:
    """Tell whether what builds a target pushes it nowhere; `beside`: others push the same file."""
    told = built.delivery
    return told.stays or _is_tried(built) or (beside and told.nameless)


def _partly_written(claims: Iterable[tuple[str, Claim]]) -> list[tuple[str, Claim]]:
    """Return those builds of which a part of the Dockerfile's path is written; where there is none,
    those as well that leave all of it to a variable.
    """
    from dlint.project.fitting import VARIABLE

    told = [*claims]
    return [each for each in told if not VARIABLE.fullmatch(each[1].file)] or told


def _any_may_be_pushed(builds: Iterable[Built]) -> bool:
    """Tell whether a build pushes a target that is not known, as one of a matrix that a script
    makes.
    """
    return any("$" in each.target and each.delivery.pushes for each in builds)


def _some_of_ci(builds: Iterable[Built]) -> bool:
    return any(is_of_ci(each.path) for each in builds)


def _is_of_tilt(path: str) -> bool:
    """Tell whether a file is Tilt's, which builds for a cluster that people develop in."""
    return posixpath.basename(path).lower() == "tiltfile"


def is_of_ci(path: str) -> bool:
    """Tell whether the recipe at a path is a file of a CI service."""
    folder, _, rest = path.partition("/")
    if rest and folder in CI_FOLDERS:
        return folder != ".devcontainer"
    return _CI.match(posixpath.basename(path)) is not None


def _is_recipe(name: str, *, in_ci: bool) -> bool:
    lower = name.lower()
    if lower in _NAMES or lower.endswith(_ENDINGS):
        return True
    if lower.startswith(_STARTS) and _FILE.fullmatch(lower):
        return True
    return in_ci and name.endswith((".yml", ".yaml", ".json"))


def _targets_in(path: str, text: str) -> Iterator[str]:
    """Yield the names, in lower case, that a recipe gives as a target."""
    from dlint.project.commands import COMMENT

    text = COMMENT.sub("", text) if "target" in text else ""
    for match in _TARGET.finditer(text):
        if not _is_compilers(text, match.start()):
            yield match[1].lower()
    if _OF_TABLES.search(path):
        yield from (each.lower() for each in _TARGET_KEY.findall(text))


def _is_compilers(text: str, at: int) -> bool:
    """Tell whether an option stands in the command of a compiler that has one of the same name."""
    earliest = max(0, at - _LONGEST)
    return _COMPILES.search(text, max(earliest, text.rfind("\n", earliest, at)), at) is not None


def _assigned(path: str, text: str) -> Iterator[Argument]:
    name = posixpath.basename(path)
    is_bake, is_compose = name.lower().endswith(".hcl"), _is_of_compose(name)
    text = _with_names(text)
    found = [*_ARGUMENT.finditer(text), *(_LOWER.finditer(text) if is_bake else ())]
    if not found:
        return
    from dlint.project.worked_out import Worker

    line, counted = 1, 0
    worker = Worker(path, text)
    for match in sorted(found, key=re.Match.start):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        argument, value = (each for each in match.groups() if each is not None)
        is_given = match["line"] is None or _is_of_a_build(text, match.start())
        first = _OF_SEVERAL.match(value) or (None if is_given else _set_for_command(path, match[0]))
        value = first[1] if first else value.rstrip().removesuffix(",")
        is_literal = is_compose or (is_bake and value.startswith('"'))
        is_fixed = is_literal and "$" not in value and "%{" not in value
        value = value.strip("\"'\\")
        source = worker.source(value) if "$" in value else ""
        yield Argument(argument, value, path, line, is_fixed, is_given, source)


def _set_for_command(path: str, line: str) -> re.Match[str] | None:
    """Match the value, a plain word, that a line sets for the command behind it alone. In a
    Makefile only a line of a recipe does, which begins with a tab: other values go to its end.
    """
    name = posixpath.basename(path).lower()
    is_of_make = name.endswith((".mk", "makefile")) or name.startswith("makefile.")
    return _OF_COMMAND.match(line) if line.startswith("\t") or not is_of_make else None


def _with_names(text: str) -> str:
    """Return a text with the names of build arguments written out that it sets variables to."""
    if not _NAMED_BY.search(text):
        return text
    names = dict(_SETS_NAME.findall(text))
    return _NAMED_BY.sub(lambda found: found[1] + names.get(found[2], f"${found[2]}"), text)


def _is_of_a_build(text: str, at: int) -> bool:
    """Tell whether a line that sets a name is one of those of a build's arguments."""
    for _ in range(_MOST_ARGUMENTS):
        start = text.rfind("\n", 0, max(0, at - 1)) + 1
        line = text[start : max(0, at - 1)]
        if _ARGUMENTS.match(line):
            return True
        if not (at and (_ARGUMENT.match(line) or _LOWER.match(line))):
            return False
        at = start
    return False


class _Found(NamedTuple):
    recipes: list[str]
    dockerfiles: list[str]
    documents: list[str]
    releases: list[str]
    scripts: list[str]

    def take(self, path: str, name: str, *, in_ci: bool) -> None:
        """Take a file of this name where it belongs, if anywhere."""
        lower = name.lower()
        if _is_recipe(name, in_ci=in_ci):
            self.recipes.append(path)
        elif is_dockerfile(name):
            self.dockerfiles.append(path)
        elif lower.endswith(_DOCUMENTS):
            self.documents.append(path)
        elif lower.startswith(_RELEASE_STARTS) and _RELEASES.fullmatch(lower):
            self.releases.append(path)
        elif "." not in name:
            self.scripts.append(path)


def recipes_around(folder: Path) -> Recipes:
    """Return the recipes of the repository that holds `folder`, the same for all folders of it;
    outside any, those of the folder itself alone.
    """
    root = repository_of(str(folder))
    return recipes_of(folder, 0) if root is None else recipes_of(Path(root))


@lru_cache(maxsize=256)
def recipes_of(root: Path, depth: int = MAX_DEPTH) -> Recipes:
    """Return the recipes at and below `root`, read once for all who ask."""
    return Recipes(root, depth)


def forget() -> None:
    """Look for repositories again, and read their recipes again, when they are asked for next."""
    repository_of.cache_clear()
    recipes_of.cache_clear()
