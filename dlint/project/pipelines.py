"""Builds that YAML describes: files of CI services, of go-task and of skaffold.

What is written once for several builds counts for each: a matrix's rows, variables, the folder that
a job works in, the inputs that a caller passes.
"""

from __future__ import annotations

import posixpath
from collections import deque
from functools import partial
from itertools import chain, islice, product
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dlint.manifests import loading
from dlint.project import skaffold
from dlint.project.azure import is_pipeline, jobs_in as azures_jobs
from dlint.project.build_actions import known_action
from dlint.project.cache_entry import GHA
from dlint.project.conditions import INPUTS, TRUTHS, is_left_out, is_of_other_rows
from dlint.project.delivery import (
    FOLDERS,
    FROM_ELSEWHERE,
    GITHUBS,
    IMAGES,
    MACHINE,
    OPTION,
    Delivery,
    makes_files,
)
from dlint.project.github_builder import as_job
from dlint.project.githubs_token import exposes_token, without_githubs_cache
from dlint.project.handed_on import handed_on, is_named, pushed_by_name
from dlint.project.image import untagged
from dlint.project.new_machines import are_anew, on_new_machine
from dlint.project.own_builders import OF_MACHINE, make_own_builder
from dlint.project.purpose import PUSHES
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.project.azure import Files, Job
    from dlint.project.commands import Claim

Table = dict[str, Any]
Values = dict[str, list[str]]

_EXPRESSION = regex(r"\$\{\{[\s(!]*(?:format\()?([\w.-]+(?:\[\d+\])*)[^}\n]{0,200}\}\}")
# One that may be something else than a row of a matrix or a variable of the workflow holds.
_OTHER_EXPRESSION = regex(r"\$\{\{(?!\s*+(?:env|matrix)\.[\w.-]++\s*+\}\})[^{}\n]*+\}\}")
# A value of the row that is built.
_OF_MATRIX = regex(r"\$\{\{\s*+(matrix\.[\w.-]++)\s*+\}\}")
_CHOICE = regex(r"(?:&&|\|\|)\s*'([^'\n]*)'")
# One of two texts, by whether a run is of a pull request.
_BY_REQUEST = regex(
    r"\$\{\{[\s(]*+github\.event_name\s*+(==|!=)\s*+'pull_request'[\s)]*+"
    r"&&\s*+'([^'\n]*+)'\s*+\|\|\s*+'([^'\n]*+)'\s*+\}\}"
)
_OF_REQUEST = "pull_request"
# What puts names into a text
# (https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#format).
_FORMAT = regex(
    r"\$\{\{\s*+format\(\s*+'([^'\n]*+)'((?:\s*+,\s*+[\w.-]++(?:\[\d+\])*+)++)\s*+\)\s*+\}\}"
)
_PLACE = regex(r"\{\d+\}")
_ANY = regex(r"\$(?![\w{(])")  # what is left of an expression that nobody knows
_WORKFLOW = regex(r"(^|/)\.github/|(^|/)action\.ya?ml$")
# Keys of actions, tasks and plugins, as they are called in many of them, in lower case without - _.
_CONTEXT_KEYS = (
    "context",
    "buildcontext",
    "dockercontext",
    "contextpath",
    "dockerbuildcontext",
    "contextdir",
    "pathcontext",
)
_FILE_KEYS = (
    "file",
    "dockerfile",
    "dockerfilepath",
    "dockerfiles",
    "containerfile",
    "containerfiles",
    "pathtodockerfile",
    "dockerfilename",
)
_TARGET_KEYS = ("target", "buildtarget")
_CACHE_KEYS = ("cacheto", "cachefrom")
_OWN = regex(r"(?:\./|[\w.-]+/[\w.-]+/(?=\.github/workflows/))(?P<path>[^@]+)")
_BUILDS = regex(r"(?i)docker|build-?(?:and-?)?push|buildah|kaniko|depot|container|push-to-ghcr")
_STARTS = regex(r"\b(?:build|bud|kaniko)\b")
_BESIDE = regex(r"(?:localhost|127\.0\.0\.1)[:/]")
# What Docker's action takes for a context that it is not told: a commit, which the builder fetches
# (https://docs.docker.com/build/concepts/context/#git-repositories).
_OWN_CONTEXT = "{{defaultContext}}"
_CHECKOUT = regex(r"actions/checkout@")
_OWN_NAME = regex(r"\bgithub\.repository\b")
_WORKSPACE = "${{ github.workspace }}"
_KONFLUX = "output-image"  # the parameter that names what a PipelineRun of it pushes
_KEEPS_GIT = "BUILDKIT_CONTEXT_KEEP_GIT_DIR"
# A machine that GitHub starts anew for each job
# (https://docs.github.com/en/actions/reference/runners/github-hosted-runners).
_HOSTED = regex(r"(?:ubuntu|windows|macos)-(?:latest|slim|\d[\w.]*)(?:-arm)?")
_MACHINE = regex(r"(?m)^[ \t]*+runs-on:([^\n#]*+)")
_DOCKERS = regex(r"docker/build-push-action@")
# The action that starts Buildah: without `layers` it makes one layer
# (https://github.com/redhat-actions/buildah-build).
_BUILDAHS = regex(r"redhat-actions/buildah-build@")
# What finds earlier steps on a new machine: an action that keeps layers, too, or the same layers
# made again.
_KEEPS = regex(r"actions/cache(?:/restore)?@")
_BRINGS = regex(rf"{FROM_ELSEWHERE}|\bdocker-(?:layer-)?cach|\brewrite-timestamp=true\b")
# What sets the times of files that are the same to the same.
_SETS_TIMES = regex(r"\brewrite-timestamp=true\b|\bmtime\b|\btouch[ \t]")
# What has other machines build, each for the platforms that it runs itself.
_BUILDS_ELSEWHERE = regex(
    r"\bendpoint:|\bdriver:[ \t]*+(?!docker(?:-container)?\b)\S|\bDOCKER_HOST\b|\bBUILDX_BUILDER\b"
    r"|\bdocker[ \t]+context\b|\bdepot\b|\bnscloud|\b(?:ssh|tcp)://|--append\b"
    r"|--driver[ =](?!docker-container\b)"
)
_OTHERS = frozenset(("DOCKER_HOST", "BUILDX_BUILDER", "DOCKER_CONTEXT"))
_GITHUBS_CACHE = f"type={GHA}"
_REGISTRYS = regex(r"\Atype=registry,ref=")
# What does not bring a cache: it is built there, moved or deleted.
_PUT_ASIDE = regex(r"(?m)^[ \t]*(?:sudo[ \t]+)?(?:du|ls|mkdir|mv|rm)\b.*")
# How YAML writes nothing, which is an empty text for an input.
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
# What a workflow that is called has for an input of each type that it is not given.
_NOT_GIVEN = {"string": "", "boolean": "false", "number": "0"}
_BY_TRUTH = frozenset(("push", "load", "no-cache"))  # inputs of actions
_PLAIN = regex(
    r"(?:\$\{\{)?[ \t]*+(?P<name>(?:inputs|matrix)\.[\w.-]++)[ \t]*+"
    r"(?:==[ \t]*+(?:true|'true')[ \t]*+)?(?:\}\})?"
)
_ASKED = 3  # things that are filled in at once: context, Dockerfile and target
# A step that nothing but somebody's hand starts
# (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context).
_BY_HAND = regex(
    r"\bgithub\.event\.inputs\.[\w-]+[ \t]*==[ \t]*(?:'[^'\n]+'|true)"
    r"|\bgithub\.event_name[ \t]*==[ \t]*'workflow_dispatch'"
)
_OTHERWISE = regex(r"\|\||!\s*\(")  # what makes a condition hold without such a part of it
# What starts a build for something that is new elsewhere.
_OF_NO_COMMIT = frozenset(("schedule", "repository_dispatch"))
_PER_COMMIT = frozenset(("push", "pull_request", "merge_group", "workflow_run"))
_OF_TAGS = frozenset(("push", "release", "create"))  # where they are of tags
_NATIVE = "linux/amd64"  # of most machines
_BY_DISPATCH = "workflow_dispatch"
_OF_OTHERS = frozenset((_BY_DISPATCH, "workflow_call"))
# Names that are the same in all workflows of a repository: what they stand for is not known, but
# that two caches which are called by them are one.
_OF_REPOSITORY = {
    name: [f"{{{name}}}"]
    for name in ("github.repository", "github.repository_owner", "github.event.repository.name")
}
_OF_BRANCHES = frozenset(("push", "workflow_run"))
# A choice between a text and another one, or a name, by a value of the row.
_CHOSEN_BY_ROW = regex(
    r"\$\{\{[\s(]*+(?P<name>matrix\.[\w.-]++)\s*+(?P<sign>[=!]=)\s*+'(?P<value>[^'\n]*+)'"
    r"[\s)]*+&&\s*+'(?P<then>[^'\n]*+)'\s*+"
    r"\|\|\s*+(?:'(?P<text>[^'\n]*+)'|(?P<other>[\w.-]++))\s*+\}\}"
)
_EVENT = regex(r"\bgithub\.event_name[ \t]*(?P<sign>[=!]=)[ \t]*'(?P<name>\w+)'")
_FOR_RELEASES = regex(
    r"(?<!!)\bstartsWith\(\s*github\.ref\s*,\s*'refs/(?:tags/|heads/release[/-])"
    r"|(?<!!)\bstartsWith\(\s*github\.ref_name\s*,\s*'release[/-]"
    r"|\bgithub\.ref_type[ \t]*==[ \t]*'tag'"
)
_RELEASE_BRANCHES = regex(r"releases?[/-].*")
# What another job tells of a release that it has made, by the names that such outputs have.
_RELEASED = regex(
    r"(?<!!)\bneeds\.[\w-]+\.outputs\.(?:"
    r"(?:(?:current|new|next|release)[_-]?)?tag(?:[_-]?name)?[ \t]*!=[ \t]*''"
    r"|(?:releases?[_-]created|(?:new[_-])?release[_-]published|released)"
    r"(?:[ \t]*==[ \t]*'?true\b|[ \t]*(?:\}\}|&&|\)|\Z)))"
)
# Files that make an image: a workflow which only those start runs seldom.
_RECIPES = regex(r"(?i)(?:[^!].*/)?(?:dockerfile[^/]*|[^/]*\.dockerfile)|\.github/.*")
# A Dockerfile outside of all folders, and what may lie beside it for the image alone: a folder that
# is called after Docker, and hidden files, the settings of tools.
_AT_ROOT = regex(r"(?i)dockerfile[^/]*|[^/!]*\.dockerfile")
_BESIDE_IT = regex(r"(?i)docker[\w-]*/.*|\.[^/]+")
# What makes a builder that exports caches: that of Docker itself does not
# (https://docs.docker.com/build/cache/backends/).
# The action has had another name before.
_BUILDER = regex(r"\b(?:setup-buildx-action|ghaction-docker-buildx)\b|\bbuildx[ \t]+create\b")
_NO_OWNER = regex(r"[^/$]+")
_OUTPUT_PUSHES = regex(r"\bpush=(?:true\b|\$)|\btype=registry\b")
_OF_STEP = regex(r"\$\{\{[ \t]*+(steps\.[\w-]++\.)outputs\.")
# An image as a file, what loads one again, and paths of which nobody knows what is there.
_TO_FILE = regex(r"type=(?:docker|oci),(?:[\w-]+=[^,\n]*,)*?dest=(?P<file>[^,\n]+)")
# https://github.com/nick-fields/retry and https://github.com/Wandalen/wretry.action
_TRIES_AGAIN = regex(r"\A(?:nick-(?:fields|invision)/retry|[Ww]andalen/wretry\.action)@")
_LOADS = regex(r"\b(?:docker|podman)[ \t]+(?:image[ \t]+)?load\b")
_HOLDS_ANY = regex(r"\./?|[^*]*\*.*|\$\{\{[^}]*\}\}/?")
# What starts an image, and what may hand it on to others than the job.
_STARTED = regex(
    r"(?m)(?:^(?:run:)?|[;&|])[ \t]*(?:sudo[ \t]+)?(?:docker|podman)[ \t]+run\b([^\n]*)"
)
_HANDS_ON = regex(
    r"(?m)^(?!if:).*(?:push|\b(?:docker|podman)[ \t]+(?:image[ \t]+)?(?:tag|save)\b"
    r"|\b(?:skopeo|crane)\b)"
)
# Plugins that start a builder of their own
# (https://plugins.drone.io/plugins/docker, https://woodpecker-ci.org/plugins/docker-buildx).
_PLUGINS = regex(
    r"(?:[\w.-]+/){0,2}(?:plugins/(?:docker|ecr|gcr|kaniko)|woodpeckerci/plugin-(?:docker(?:-buildx)?|kaniko)"
    r"|woodpecker-plugins/docker-buildx|thegeeklab/(?:drone|wp)-docker-buildx)(?::[\w.-]+)?\Z"
)
# What hands on nothing but the images that are written there, or that an action builds itself.
_HANDS_ON_THESE = regex(
    r"name: .*|uses: docker/[\w./@-]+|push: (?i:true|false)"
    r"|(?:run:)?[ \t]*(?:sudo[ \t]+)?(?:docker|podman)[ \t]+(?:image[ \t]+)?(?:push|tag|save)"
    r"(?:[ \t]+[\w./:@-]+)+(?:[ \t]*[|>].*)?[ \t]*"
)
_NAMES = regex(r"[\w./:@-]++")
_CHANGES_ROWS = frozenset(("include", "exclude"))  # keys of a matrix that are none of its own
MOST_NODES = 20_000  # of one file's tree


class Scope(NamedTuple):
    """What holds where a build is described: variables with their values, the working folder.
    `fresh`: on a machine that has built nothing before; `renewed`: its files have the time of the
    job; `pushes`: commands there push an image;
    `events`: those of commits that start the build, and of the clock where that does; none where
    releases do.
    `builder`: a step makes one that exports caches; `rows`: 1 for one of several rows of a matrix;
    `place`: where the job puts the repository; `anew`: it makes a builder of its own; `started`:
    the words of commands that start an image of this job, which hands none on. `brought`: what the
    steps of the job say that do not build, on a machine where no folder is left of another job.
    `kept`: what those of them say that keep folders in GitHub's cache, which nobody asks for where
    the machine keeps them itself, and `beside`: what the others say.
    `images`: the repositories that they name as those of images, as written. `uploads`: the paths
    that they hand on to other jobs, where they load an image from a file; None where they do not.
    `alone`: no other machine builds for the job's own, which GitHub calls `machine`. `told`: all
    that its steps say, where they push. `token`: commands may use GitHub's cache. `written` are the
    expressions that what calls it gives for inputs.
    """

    values: Values
    base: str = "."
    fresh: bool = False
    renewed: bool = False
    pushes: bool = False
    events: frozenset[str] = frozenset()
    builder: bool = False
    rows: int = 0
    place: str = "."
    anew: bool = False
    started: frozenset[str] = frozenset()
    brought: str | None = None
    kept: str | None = None
    beside: str | None = None
    images: frozenset[str] = frozenset()
    uploads: tuple[str, ...] | None = None
    alone: bool = False
    machine: str = ""
    told: str = ""
    token: bool = False
    written: Mapping[str, str] = {}

    def in_action(self, given: Values, call: Call) -> Scope:
        """Return the scope in an action that a job uses with these inputs, as it calls it."""
        others = {key: value for key, value in self.values.items() if not key.startswith(INPUTS)}
        values = {**others, **given}
        return self._replace(values=values, base=".", events=call.events, written=call.written)

    def as_written(self, told: str) -> str:
        """Return what the caller has written where a text is one of its inputs."""
        plain = _PLAIN.fullmatch(told.strip())
        return self.written.get(plain["name"], told) if plain else told

    def handed(self, steps: Sequence[Table]) -> Scope:
        """Return the scope of steps, with what the earlier ones hand on to the later."""
        from dlint.project.own_actions import outputs_of

        told = {
            name: [said for value in values for said in _said(value, self.values)]
            for name, values in (*outputs_of(steps), *_told_to_actions(steps))
        }
        return self._replace(values={**self.values, **told}) if told else self

    def within(self, table: Mapping[str, Any]) -> Scope:
        """Return the scope inside a workflow, a job or a step."""
        own = {**_texts(table.get("variables")), **_texts(table.get("env"))}
        run = loading.table(table, "defaults", "run")
        told = table.get("working-directory") or run.get("working-directory")
        base = self.base if not isinstance(told, str) else posixpath.normpath(told)
        values = {**self.values, **{key: [self._in_row(value)] for key, value in own.items()}}
        return self._replace(values=values, base=base)

    def _in_row(self, text: str) -> str:
        """Return what a variable is set to, in the row of a matrix that the scope is of."""

        def named(expression: re.Match[str]) -> str:
            found = self.values.get(expression[1]) or []
            return found[0] if len(found) == 1 else expression[0]

        return _OF_MATRIX.sub(named, text) if "matrix" in text else text

    @property
    def variables(self) -> Values:
        """The variables that commands are given, with the expressions in their values filled in."""
        return {
            name: [said for each in values for said in _said(each, self.values)]
            for name, values in self.values.items()
            if "." not in name
        }

    def given(self, step: Table) -> dict[str, str]:
        """Return what a step gives to an action; with a `$` where that may be several things."""
        told = _settled(_texts(step.get("with")), self.values)
        found = ((key, list(dict.fromkeys(_said(each, self.values)))) for key, each in told.items())
        return {key: each[0] if len(each) == 1 else "$" for key, each in found}

    def commands(self, step: Table) -> list[str]:
        """Return the commands of a step, with the expressions in them filled in."""
        return list(_said(str(step.get("run", "")), self.values))

    def among(self, steps: Sequence[Table]) -> Scope:
        """Return the scope of a job that takes these steps, whatever its machine."""
        told = "\n".join(
            f"{key}: {value}"
            for step in steps
            for key, value in {**_texts(step), **_texts(step.get("with"))}.items()
        )
        pushes, anew = bool(PUSHES.search(told)), make_own_builder(steps)
        is_loaded_unseen = anew and not OF_MACHINE.search(told)
        brought = _LOADS.sub("", told) if is_loaded_unseen else told
        return self._replace(
            fresh=not _BRINGS.search(brought),
            renewed=not _SETS_TIMES.search(told),
            pushes=pushes,
            told=told if pushes else "",
            builder=bool(_BUILDER.search(told)),
            place=_place_of_checkout(steps),
            anew=anew,
            started=_started(told),
            brought=_brought(steps),
            kept=_brought(filter(_keeps_folder, steps)),
            beside=_brought(each for each in steps if not _keeps_folder(each)),
            images=frozenset(each for step in steps for each in _images(step)),
            uploads=_uploads(steps) if _LOADS.search(told) else None,
            alone=not _BUILDS_ELSEWHERE.search(told),
            token=exposes_token(told),
        )

    def where(self, table: Table) -> Scope:
        """Return the scope of a job or a step of it, which may not run, or not push, for all that
        starts the workflow.
        """
        return self._replace(
            events=frozenset() if _is_by_hand(table) else _left(self.events, _deciding(table, self))
        )

    def on_machine(self, name: str) -> Scope:
        """Return the scope on the machine that a job names."""
        names = list(_said(name, self.values))
        is_hosted = all(map(_HOSTED.fullmatch, names))
        brought = self.brought if is_hosted else None
        is_known = is_hosted and len(names) == 1 and self.alone
        return self._replace(
            fresh=self.fresh and (is_hosted or self.anew),
            renewed=self.renewed and is_hosted,
            brought=brought,
            machine=names[0] if is_known and _OTHERS.isdisjoint(self.values) else "",
        )

    def claimed(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return what a build claims, with what the machine adds."""
        return tuple(each._replace(delivery=self._delivery(each)) for each in self.seen(claims))

    def claimed_with_any_cache(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return the same of an action that knows itself whether it pushes, and may have a cache
        which nothing here tells.
        """
        told = ((each.delivery, claimed) for each in claims for claimed in self.claimed((each,)))
        return tuple(
            claimed.delivered(pushes=own.pushes, cold=own.cold, hopes="", fresh=False)
            for own, claimed in told
        )

    def seen(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return what a build claims, as it is seen from the repository's root."""
        return tuple(_from_checkout(self.place, each) for each in claims)

    def only_loads(self, output: str) -> bool:
        """Tell whether an image that is written to a file is for this job, which loads it."""
        found = _TO_FILE.fullmatch(output.strip())
        if found is None or self.uploads is None:
            return False
        folder = posixpath.dirname(found["file"])
        return bool(folder) and not any(
            _HOLDS_ANY.fullmatch(each) or folder in each or folder.startswith(each)
            for each in self.uploads
        )

    def _delivery(self, claim: Claim) -> Delivery:
        told = claim.delivery
        # no registry takes a name without an owner
        is_tried = "/" not in claim.tag and claim.tag in self.started
        is_empty = self.fresh and (not claim.cache_from or self._lacks(claim.cache_from))
        return told._replace(
            stays=(told.stays and not self._hands_on(claim)) or is_tried,
            pushes=told.pushes or (self.pushes and not (told.untagged or is_tried)),
            per_commit=bool(self.events - _OF_NO_COMMIT),
            by_clock=not _OF_NO_COMMIT.isdisjoint(self.events),
            on_branch=not _OF_BRANCHES.isdisjoint(self.events),
            builder=self.builder,
            rows=self.rows,
            cold=told.cold or MACHINE * is_empty,
            hopes=self._hopes(claim),
            fresh=self.fresh,
            renewed=self.renewed,
            machine=self.machine,
        )

    def _hands_on(self, claim: Claim) -> bool:
        """Tell whether commands push an image that a build loads, or name it anew to be pushed."""
        is_for_others = not (claim.delivery.for_job or claim.delivery.files)
        return is_for_others and is_named(claim, self.pushed_names)

    @property
    def pushed_names(self) -> frozenset[str]:
        """The names, as far as they are known, of the images that commands of the job push, or name
        anew to be pushed.
        """
        if not self.told:
            return frozenset()
        said = chain.from_iterable(map(handed_on, _said(self.told, self.values)))
        return frozenset(each for each in said if "$" not in each)

    def _hopes(self, claim: Claim) -> str:
        """Return whose cache is all that a build reads, on a machine that has built nothing."""
        if not self.fresh:
            return ""
        if _is_of_github(claim.cache_from):
            return GITHUBS
        if self._finds_at_most_kept(claim.cache_from):
            return FOLDERS
        # a `$` alone is an expression, which may be any
        own = {each for each in map(untagged, claim.names.split("\n")) if not _ANY.search(each)}
        is_own = claim.delivery.typed and _reads_own_image(claim.cache_from, frozenset(own))
        return IMAGES if is_own else claim.delivery.hopes

    def _finds_at_most_kept(self, sources: str) -> bool:
        """Tell whether all caches that a build reads are folders that GitHub's cache brings, if
        anything does.
        """
        if self.kept is None or self.beside is None or _names_no_folder(self.kept, sources):
            return False
        return _names_no_folder(self.beside, sources)

    def _lacks(self, sources: str) -> bool:
        """Tell whether all caches that a build reads are folders that no step of the job brings."""
        return self.brought is not None and _names_no_folder(self.brought, sources)


def _names_no_folder(text: str, sources: str) -> bool:
    """Tell whether all caches are folders that a text does not speak of."""
    folders = list(map(_folder_of_cache, sources.split()))
    return all(each and not _speaks_of(text, each) for each in folders)


def _folder_of_cache(source: str) -> str:
    """Return the folder that a cache is read from; "" where it is none, or not known."""
    told = dict(each.split("=", 1) for each in source.split(",") if "=" in each)
    folder = told.get("src", "") if told.get("type") == "local" else ""
    return "" if "$" in folder else folder


def _speaks_of(text: str, folder: str) -> bool:
    """Tell whether a text names a folder, whatever it is in, or one around it."""
    around = posixpath.dirname(posixpath.normpath(folder))
    return posixpath.basename(posixpath.normpath(folder)) in text or (
        around.count("/") > 1 and around in text
    )


def _keeps_folder(step: Table) -> bool:
    """Tell whether a step keeps a folder in GitHub's cache."""
    return _KEEPS.match(str(step.get("uses"))) is not None


def _brought(steps: Iterable[Table]) -> str | None:
    """Return what steps say that build nothing; None where one may bring anything: an action of
    the repository, or a cache of a folder in a variable.
    """
    found: list[str] = []
    for step in steps:
        uses, told = str(step.get("uses", "")), _texts(step.get("with"))
        is_cache = "cache" in uses.lower()
        if uses.startswith(".") or (is_cache and "$" in told.get("path", "$")):
            return None
        if not _DOCKERS.match(uses):
            found += [_PUT_ASIDE.sub("", str(step.get("run", ""))), *told.values()]
    return "\n".join(found)


def _is_of_github(sources: str) -> bool:
    """Tell whether all caches that a build reads are GitHub's."""
    told = sources.split()
    return bool(told) and all(each.startswith(_GITHUBS_CACHE) for each in told)


def is_on_new_machines(workflow: str) -> bool:
    """Tell whether all jobs of a workflow run on machines that GitHub starts anew, and no step
    brings a cache along, as far as its text tells.
    """
    told = _MACHINE.findall(workflow)
    is_hosted = all(_HOSTED.fullmatch(each.strip("\"' \t")) for each in told)
    return bool(told) and is_hosted and not _BRINGS.search(workflow)


def _uploads(steps: Iterable[Table]) -> tuple[str, ...]:
    """Return the paths that steps upload."""
    told = (each for each in steps if "upload" in str(each.get("uses", "")))
    paths = (_texts(each.get("with")).get("path", ".").split("\n") for each in told)
    return tuple(filter(None, map(str.strip, chain.from_iterable(paths))))


def _started(text: str) -> frozenset[str]:
    """Return the words of the commands of a job that start an image, but for those that it hands
    on: none where what it hands on is not written out.
    """
    text = text.replace("\\\n", " ")
    handed = [line for line in text.split("\n") if _HANDS_ON.search(line)]
    if not all(map(_HANDS_ON_THESE.fullmatch, handed)):
        return frozenset()
    words = {word.strip("\"'") for line in _STARTED.findall(text) for word in line.split()}
    return frozenset(words.difference(*(_NAMES.findall(each) for each in handed)))


def _place_of_checkout(steps: Iterable[Table]) -> str:
    """Return the folder of the machine that the repository is put into; "." where no single step
    tells (https://github.com/actions/checkout).
    """
    told = [_texts(each.get("with")) for each in steps if _CHECKOUT.match(str(each.get("uses")))]
    own = [each for each in told if _OWN_NAME.search(each.get("repository", "github.repository"))]
    place = own[0].get("path", ".") if len(own) == 1 else "."
    return posixpath.normpath(_EXPRESSION.sub("$", place.replace(_WORKSPACE, ".")))


def _from_checkout(place: str, claim: Claim) -> Claim:
    """Return a build in the folder that the repository was put into, seen from there."""
    is_inside = f"{claim.folder}/".startswith(f"{place}/")
    if place == "." or claim.delivery.fetched or not is_inside:
        return claim
    context = posixpath.relpath(claim.folder, place)
    if not claim.dockerfile:
        return claim._replace(base=".", context=context)
    file = posixpath.relpath(claim.file, place)
    return claim._replace(base=".", context=context, dockerfile=file, in_context=False)


class Call(NamedTuple):
    """How an action or a workflow of the repository's own is called: the inputs, the events that
    start what calls it as a `Scope` has them, and for an action the job that it runs in. `written`
    are the expressions among the inputs, by the names that expressions have for these.
    """

    inputs: dict[str, str] = {}  # noqa: RUF012  never written to
    events: frozenset[str] = frozenset()
    around: Scope | None = None
    written: dict[str, str] = {}  # noqa: RUF012  never written to


class Own(NamedTuple):
    """What of the repository's own workflows may start: how its actions and workflows are called,
    by their paths, the Makefiles for steps that run `make`, the manifests of packages whose scripts
    steps may start, the steps of its actions, and other scripts that steps may start, or by `task`
    and `just`. `files` are what pipelines of Azure's may use.
    """

    called: Mapping[str, Sequence[Call]] = {}
    makefiles: Mapping[str, str] = {}
    packages: Mapping[str, str] = {}
    actions: Mapping[str, Sequence[Table]] = {}
    scripts: Mapping[str, str] = {}
    taskfiles: Mapping[str, str] = {}
    justfiles: Mapping[str, str] = {}
    files: Files | None = None


def claims_of(path: str, text: str, own: Own) -> Iterator[tuple[Claim, ...]]:
    """Yield what the YAML file at `path` builds; nothing where it is damaged."""
    if _WORKFLOW.search(path):
        for steps, scope in jobs_in(path, text, own):
            yield from _in_job(steps, scope)
        return
    if skaffold.is_skaffolds(path):
        yield from _of_skaffold(text, posixpath.dirname(path) or ".")
        return
    tree = loading.yaml_table(text)
    if own.files is not None and is_pipeline(path, tree):
        yield from _in_azures_jobs([*azures_jobs(path, text, own.files)], own)
        return
    is_anew = are_anew(path, text)
    for claims in _pipeline(tree, posixpath.dirname(path) or "."):
        yield tuple(map(on_new_machine, claims)) if is_anew else claims


def _of_skaffold(text: str, folder: str) -> Iterator[tuple[Claim, ...]]:
    from dlint.project.commands import claims_in

    yield from skaffold.builds_in(text, folder)
    for command in skaffold.commands_in(text):
        yield from claims_in(command, tuple(dict.fromkeys((folder, "."))))


def _in_azures_jobs(jobs: Sequence[Job], own: Own) -> Iterator[tuple[Claim, ...]]:
    """Yield the builds of a pipeline of Azure's: what a job leaves on a machine of one's own,
    another may push.
    """
    found = [(job, made(job.steps, own)) for job in jobs]
    left = [_with_values(job, steps) for job, steps in found if not job.is_hosted]
    pushed = frozenset[str]().union(*map(handed_on, left))
    for job, steps in found:
        scope = Scope(job.values, events=job.events, rows=job.rows).among(steps)
        scope = scope.where({"if": job.condition})
        if job.is_hosted:
            yield from _in_job(steps, scope)
        else:
            inner = scope._replace(fresh=False, brought=None)
            yield from (pushed_by_name(each, pushed) for each in _in_job(steps, inner))


def _with_values(job: Job, steps: Iterable[Table]) -> str:
    """Return the commands of a job, behind what sets the variables that are known there."""
    told = (f"{name}='{each}'" for name, values in job.values.items() for each in values)
    return "\n".join((*told, *(str(step.get("run", "")) for step in steps)))


def calls_in(path: str, text: str, own: Own) -> Iterator[tuple[str, Call]]:
    """Yield which actions and workflows a workflow calls, by their paths, and how: `./PATH` is this
    repository's own, and `OWNER/NAME/.github/workflows/…@REF` may be.

    What it was called with itself, as far as `own` knows, it may hand on.
    """
    tree = loading.yaml_table(text)
    for given, call in _given(path, tree, own.called):
        for job in jobs_of(tree):
            if is_left_out(job, given):
                continue
            steps = _tables(job.get("steps"))
            calls = [each for each in (job, *steps) if _OWN.match(str(each.get("uses", "")))]
            for scope in _scopes(tree, job, given, call, own) if calls else ():
                for each in calls:
                    yield _called(each, scope, is_job=each is job)


def _called(table: Table, scope: Scope, *, is_job: bool) -> tuple[str, Call]:
    """Return what a job or a step calls, and how."""
    told = _texts(table.get("with"))
    inputs = {key: _decided(list(_said(value, scope.values))) for key, value in told.items()}
    written = {
        f"{INPUTS}{key}": scope.as_written(value) for key, value in told.items() if "${{" in value
    }
    own = _OWN.match(table["uses"])
    path = posixpath.normpath(own["path"]) if own else ""
    if is_job:
        return path, Call(inputs, scope.events, written=written)
    return path, Call(inputs, scope.where(table).events, scope, written)


def _decided(values: Sequence[str]) -> str:
    """Return the first of the values that an input may be given; `$` where it may be either."""
    is_open = len(set(values)) > 1 and TRUTHS.issuperset(values)
    return "$" if is_open else next(iter(values), "")


def _given(
    path: str, tree: Table, called: Mapping[str, Sequence[Call]]
) -> list[tuple[Values, Call]]:
    """Return the inputs that a workflow or action may be called with, over what stands for them,
    and how it is called with each. One that a call leaves out, and that has no default, is empty;
    all are where no call starts it, but an event of its own
    (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#inputs-context).
    """
    own = posixpath.dirname(path) if path.endswith(("action.yml", "action.yaml")) else path
    empty, default = _inputs_of(tree)
    calls = called.get(own, ())
    itself = Call(events=events_of(tree.get("on")) | _clock_of(tree.get("on")))
    if not calls:
        return [(_as_inputs(_without_truths(default)), itself)]
    found = [({**empty, **default, **_alone(call.inputs)}, call) for call in calls]
    starts = _events_in(tree)
    if _BY_DISPATCH in starts:  # whoever starts it may decide otherwise
        less = [_without_truths(values) for values, _ in found]
        found += [(one, Call()) for one, (all_, _) in zip(less, found, strict=True) if one != all_]
    if "workflow_call" in starts and not _OF_OTHERS.issuperset(starts):
        found.append((empty, itself))
    return [(_as_inputs(values), call) for values, call in found]


def _inputs_of(tree: Table) -> tuple[Values, Values]:
    """Return what each input of a workflow or an action is without any value, and its default."""
    by_call = loading.table(tree, "on", "workflow_call", "inputs")
    told = {**by_call, **loading.table(tree, "inputs")}
    inputs = {name: each for name, each in told.items() if isinstance(each, dict)}
    default = {
        name: ["" if each["default"] in _NULL else each["default"]]
        for name, each in inputs.items()
        if isinstance(each.get("default"), str)
    }
    types = {name: str(each.get("type", "string")) for name, each in inputs.items()}
    empty = {name: [_NOT_GIVEN[each]] for name, each in types.items() if each in _NOT_GIVEN}
    return empty, default


def _alone(inputs: Mapping[str, str]) -> Values:
    """Return inputs as values of which each is the only one."""
    return {key: [each] for key, each in inputs.items()}


def _without_truths(values: Values) -> Values:
    """Return values but those that decide yes or no."""
    return {name: each for name, each in values.items() if TRUTHS.isdisjoint(each)}


def _as_inputs(values: Values) -> Values:
    """Return values by the names that expressions have for the inputs which they are of."""
    return {f"{INPUTS}{name}": each for name, each in values.items()}


def jobs_of(tree: Table) -> list[Table]:
    """Return the jobs of a workflow, or what an action runs."""
    return [*map(as_job, _tables(tree.get("jobs"))), *_tables([tree.get("runs")])]


def jobs_in(path: str, text: str, own: Own) -> Iterator[tuple[list[Table], Scope]]:
    """Yield the steps of each job of a workflow or action, with what holds in them."""
    tree = loading.yaml_table(text)
    calls = _given(path, tree, own.called)
    name = _name_of(path, tree)
    for (given, call), job in product(calls, jobs_of(tree) if calls else ()):
        if is_left_out(job, given):
            continue
        steps = made(
            _placed(_tables(job.get("steps")), Scope({}).within(tree).within(job).base), own
        )
        for scope in _scopes(tree, {**job, "steps": steps}, {**name, **given}, call, own):
            yield steps, scope.handed(steps)


def is_own_action(path: str) -> bool:
    """Tell whether a file describes an action of the repository's own."""
    return posixpath.basename(path) in {"action.yml", "action.yaml"}


def with_started(path: str, text: str, own: Own) -> str:
    """Return the text of a workflow, behind it the commands of its steps with those of the recipes
    that these start; of an action of the repository's own those with its inputs filled in.
    """
    if is_own_action(path):
        told = (scope.commands(each) for steps, scope in jobs_in(path, text, own) for each in steps)
        return "\n".join(dict.fromkeys([text, *chain.from_iterable(told)]))
    if not path.startswith(".github/workflows/"):
        return text
    steps = (step for job, _ in jobs_in(path, text, own) for step in job)
    return "\n".join(dict.fromkeys([text, *(str(each.get("run", "")) for each in steps)]))


def _name_of(path: str, tree: Table) -> Values:
    """Return the name that expressions have for a workflow: the same in all of its jobs, and its
    path where it is given none. One that others call is called after them there
    (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context).
    """
    if not path.startswith(".github/workflows/") or "workflow_call" in _events_in(tree):
        return {}
    return {"github.workflow": [str(tree.get("name") or path)]}


def _placed(steps: Iterable[Table], folder: str) -> list[Table]:
    """Return the steps of a job, each with the folder that it works in; commands that an action
    tries again are those of the step.
    """
    return [{"working-directory": folder, **_tried(each)} for each in steps]


def _tried(step: Table) -> Table:
    command = _texts(step.get("with")).get("command")
    is_tried = command is not None and _TRIES_AGAIN.search(str(step.get("uses"))) is not None
    return {**step, "run": command} if is_tried else step


def _scopes(tree: Table, job: Table, given: Values, call: Call, own: Own) -> Iterator[Scope]:
    """Yield what holds in a job, for each row of its matrix, or in an action where it is used."""
    from dlint.project.own_actions import with_own

    if call.around is not None:
        yield call.around.in_action(given, call)
        return
    events = call.events
    steps = with_own(_tables(job.get("steps")), own.actions)
    told = [each for each in steps if not (events and _is_by_hand(each))]
    start = Scope(given, events=events, written=call.written)
    outer = start.within(tree).among(told).where(job)
    rows = _rows(job)
    outer = outer._replace(rows=int(len(rows) > 1))
    machine = str(job.get("runs-on"))
    for row in rows:
        inner = outer._replace(values={**outer.values, **row}).within(job)
        yield inner.on_machine(machine)


def _in_job(steps: Iterable[Table], scope: Scope) -> Iterator[tuple[Claim, ...]]:
    """Yield the builds of a job: one that an earlier step has built as well, with a cache, finds
    its steps with the builder.
    """
    pushed: set[tuple[str, str, str]] = set()
    warm: dict[tuple[str, str, str], tuple[Claim, frozenset[str]]] = {}
    for step in steps:
        events = scope.where(step).events
        for claims in _step(step, scope):
            found = [_warmed(each, events, warm.get(_image_of(each))) for each in claims]
            yield tuple(each.delivered(jobs=int(_image_of(each) not in pushed)) for each in found)
            for each in found:
                if each.delivery.pushes:
                    pushed.add(_image_of(each))
                if each.cache_from and not each.delivery.cold:
                    warm.setdefault(_image_of(each), (each, events))


def _image_of(claim: Claim) -> tuple[str, str, str]:
    return claim.folder, claim.file, claim.target


def _warmed(
    claim: Claim, events: frozenset[str], earlier: tuple[Claim, frozenset[str]] | None
) -> Claim:
    """Return a build after an earlier one of the same that had a cache, for which events each."""
    if earlier is None or claim.delivery.cold != MACHINE or not events <= earlier[1]:
        return claim
    unwarmed = _unwarmed(claim.platforms, earlier[0].platforms)
    return claim.delivered(cold="", hopes=earlier[0].delivery.hopes, unwarmed=unwarmed)


def _unwarmed(platforms: str, earlier: str) -> str:
    """Return those of several platforms that an earlier build was not for: one that is told none
    is for its machine's, which is the first one as a rule.
    """
    first, *others = told = [each.strip() for each in platforms.split(",")]
    if "$" in platforms + earlier or not others:
        return ""
    before = {each.strip() for each in earlier.split(",")} if earlier else {_NATIVE}
    is_known = not before.isdisjoint(told)
    return ", ".join(each for each in (first, *others) if each not in before) if is_known else ""


def made(steps: Sequence[Table], own: Own) -> list[Table]:
    """Return the steps of a job or an action with the commands that they start by `make` or as a
    package's scripts, and all that they start by `task`, by `just` and in other scripts where one
    of them pushes.
    """
    from dlint.project.script_calls import surely_pushes

    found = [_made(each, own) for each in steps]
    if not (own.scripts or own.taskfiles or own.justfiles):
        return found
    read = [_started_by(each, own) for each in steps]
    return read if any(map(surely_pushes, map(_said_by, read))) else found


def _said_by(step: Table) -> str:
    """Return the commands of a step, and the action that it uses."""
    return f"uses: {step.get('uses', '')}\n{step.get('run', '')}"


def _started_by(step: Table, own: Own) -> Table:
    """Return a step with all commands that it starts."""
    from dlint.project.started import Startable, Started

    run, base = step.get("run"), step.get("working-directory", ".")
    if not (isinstance(run, str) and isinstance(base, str)):
        return step
    startable = Startable(own.makefiles, own.packages, own.taskfiles, own.justfiles, own.scripts)
    return {**step, "run": Started(startable).read(run, base)}


def _made(step: Table, own: Own) -> Table:
    """Return a step with the commands that it starts by `make`, and by scripts of a package."""
    run, base = step.get("run"), step.get("working-directory", ".")
    if not (isinstance(run, str) and isinstance(base, str)):
        return step
    if own.makefiles and "make" in run:
        from dlint.project.make_calls import with_recipes

        run = with_recipes(run, base, own.makefiles)
    if own.packages:
        from dlint.project import package_calls

        run = package_calls.with_scripts(run, base, own.packages)
    return {**step, "run": run}


def _told_to_actions(steps: Iterable[Table]) -> Iterator[tuple[str, list[str]]]:
    """Yield what actions are told, by the names that expressions begin with for what they hand on:
    what that is, only the action knows.
    """
    for step in steps:
        name = step.get("id")
        if isinstance(name, str) and step.get("uses") and (told := _texts(step.get("with"))):
            yield f"steps.{name}.", ["\n".join(told.values())]


def _is_by_hand(step: Table) -> bool:
    """Tell whether a step's condition holds only where somebody starts the workflow."""
    condition = str(step.get("if", ""))
    return _BY_HAND.search(condition) is not None and not _OTHERWISE.search(condition)


def events_of(on: object) -> frozenset[str]:
    """Return which events of commits start a workflow: none where releases, or the clock, do
    (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows).
    """
    match on:
        case str():
            return _PER_COMMIT & {on}
        case [*events]:
            return frozenset[str]().union(*map(events_of, events))
        case dict():
            return frozenset(
                each for each in _PER_COMMIT.intersection(on) if not _is_rare(on[each])
            )
    return frozenset()


def _clock_of(on: object) -> frozenset[str]:
    """Return the events of the clock, or from elsewhere, that start a workflow."""
    told = [on] if isinstance(on, str) else on
    return _OF_NO_COMMIT.intersection(told) if isinstance(told, list | dict) else frozenset()


def _deciding(table: Table, scope: Scope) -> Iterator[str]:
    """Yield what decides whether a job or step runs, and pushes if it is told when to."""
    told = loading.table(table, "with")
    for each in (table.get("if"), told.get("push"), told.get("outputs")):
        yield scope.as_written(str(each or ""))


def _left(events: frozenset[str], conditions: Iterable[str]) -> frozenset[str]:
    """Return for which events all conditions hold."""
    for told in conditions:
        if _OTHERWISE.search(told):
            continue
        if _FOR_RELEASES.search(told) or _RELEASED.search(told):
            return frozenset()
        for each in _EVENT.finditer(told):
            named = {each["name"]}
            events = events & named if each["sign"] == "==" else events - named
    return events


def _is_rare(event: object) -> bool:
    """Tell whether few of the commits are such an event."""
    return isinstance(event, dict) and any(
        is_rare(event) for is_rare in (is_of_tags, _is_of_release_branches, _is_of_recipes)
    )


def _is_of_release_branches(event: Mapping[Any, object]) -> bool:
    """Tell whether a workflow runs for the branches that releases are made from, and no others."""
    branches = event.get("branches")
    told = branches if isinstance(branches, list) else [branches]
    return bool(told) and all(_RELEASE_BRANCHES.fullmatch(str(each)) for each in told)


def _is_of_recipes(event: Mapping[Any, object]) -> bool:
    """Tell whether a workflow runs for changes of what makes an image, and of no program."""
    paths = event.get("paths")
    told = paths if isinstance(paths, list) else []
    others = [str(each) for each in told if not _RECIPES.fullmatch(str(each))]
    is_at_root = any(_AT_ROOT.fullmatch(str(each)) for each in told)
    return bool(told) and all(is_at_root and _BESIDE_IT.fullmatch(each) for each in others)


def is_of_tags(push: Mapping[Any, object]) -> bool:
    """Tell whether a workflow runs for tags that are pushed, and for no branch."""
    is_for_branches = "branches" in push or "branches-ignore" in push
    return not is_for_branches and ("tags" in push or "tags-ignore" in push)


def is_for_tags_alone(events: Mapping[Any, object]) -> bool:
    """Tell whether tags and releases start a workflow, and besides at most people and others that
    call it.
    """
    if "push" in events and not is_of_tags(loading.table(events, "push")):
        return False
    return not _OF_TAGS.isdisjoint(events) and events.keys() <= _OF_TAGS | _OF_OTHERS


def started_by(workflow: str) -> Table:
    """Return the events that start a workflow, each with what it is told of it."""
    return _events_in(loading.yaml_table(workflow))


def _events_in(tree: Table) -> Table:
    on = tree.get("on")
    names = map(str, on if isinstance(on, list) else [on])
    return on if isinstance(on, dict) else dict.fromkeys(names)


def _rows(job: Table) -> list[Values]:
    """Return a matrix's rows, as variables `matrix.NAME`
    (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax).
    """
    matrix = loading.table(job, "strategy", "matrix")
    axes = {
        name: values
        for name, values in matrix.items()
        if isinstance(values, list) and name not in _CHANGES_ROWS
    }
    crossed = islice(product(*axes.values()), 200) if axes else ()
    rows = [dict(zip(axes, each, strict=True)) for each in crossed]
    left_out = list(_tables(matrix.get("exclude")))
    rows = [row for row in rows if not any(_fits(each, row) for each in left_out)]
    added = [extra for extra in _tables(matrix.get("include")) if not _added(extra, rows, axes)]
    found = [_flat("matrix", row) for row in (*rows, *added)]
    return (_filled_up(found) if _is_written_out(matrix) else found) or [{}]


def _is_written_out(matrix: Table) -> bool:
    """Tell whether all rows of a matrix are known: no expression works any out."""
    return all(isinstance(each, list) for each in matrix.values())


def _filled_up(rows: list[Values]) -> list[Values]:
    """Return rows of which each has the names of all: what a row lacks is empty there
    (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#about-contexts).
    """
    empty = {name: [""] for row in rows for name in row}
    return [{**empty, **row} for row in rows]


def _fits(told: Table, row: Table) -> bool:
    """Tell whether a row of a matrix has all that a table says of it."""
    return all(name in row and row[name] == value for name, value in told.items())


def _added(extra: Table, rows: list[Table], axes: Table) -> bool:
    """Put what `include` adds into the rows that it fits, and tell whether there are any."""
    own = {name: value for name, value in extra.items() if name in axes}
    fitting = [row for row in rows if _fits(own, row)]
    for row in fitting:
        row.update(extra)
    return bool(fitting)


def _flat(name: str, value: object) -> Values:
    """Return nested tables as `NAME.KEY`, and lists as `NAME[0]`, the outermost first and as far as
    they are of a size that anybody writes: YAML's aliases may make a few lines endless.
    """
    found: Values = {}
    todo = deque([(name, value)])
    for _ in range(MOST_NODES):
        if not todo:
            break
        own, each = todo.popleft()
        match each:
            case str():
                found[own] = [each]
            case dict():
                todo += [(f"{own}.{key}", inner) for key, inner in each.items()]
            case list():
                todo += [(f"{own}[{at}]", inner) for at, inner in enumerate(each)]
    return found


def _step(step: Table, outer: Scope) -> Iterator[tuple[Claim, ...]]:
    from dlint.project.commands import claims_in

    scope = outer.within(step).where(step)
    if is_of_other_rows(step, scope.values) or is_left_out(step, scope.values):
        return
    base = next(iter(_said(scope.base, scope.values)), ".")
    run = step.get("run")
    if isinstance(run, str) and "build" in run:
        known = scope.variables
        for text in _said(run, scope.values):
            for claims in claims_in(text, (base,), known):
                yield scope.claimed(claims if scope.token else without_githubs_cache(claims))
    uses = step.get("uses")
    if isinstance(uses, str) and _BUILDS.search(uses):
        yield from _action(uses, _texts(step.get("with")), scope)


def _action(uses: str, told: Mapping[str, str], scope: Scope) -> Iterator[tuple[Claim, ...]]:
    """Yield what an action builds that may be one for images."""
    is_dockers, known = _DOCKERS.match(uses) is not None, known_action(uses, told)
    # `build` alone is Bake's too
    default = known.folder or (_OWN_CONTEXT if is_dockers else "." * ("build-push" in uses))
    told = _settled(known.as_dockers(told), scope.values)
    if _BUILDAHS.match(uses):
        told = {"push": str(scope.pushes), **told}  # another one does
    found = _keyed(told, scope.values, ".", default)
    if _BUILDAHS.match(uses) and not _is_layered(told, scope.values):
        found = map(partial(_all_delivered, single=True, cold=OPTION), found)
    if is_dockers:
        found = _of_dockers(found, told, scope, is_first=known.is_first)
    elif known.caches:
        found = map(scope.claimed_with_any_cache, found)
    else:
        found = map(scope.claimed, map(partial(_all_delivered, foreign=True), found))
    yield from _with_passed(found, told, scope) if "build-push-action" in uses else found


def _settled(told: Mapping[str, str], values: Values) -> dict[str, str]:
    """Return inputs of an action, those written out that decide yes or no, where that is known."""
    return {
        key: _truth(value, values) if key in _BY_TRUTH else value for key, value in told.items()
    }


def _truth(text: str, values: Values) -> str:
    """Return what an expression for an input or a value of a matrix decides; itself where that is
    not known.
    """
    plain = _PLAIN.fullmatch(text.strip())
    known = values.get(plain["name"], []) if plain else []
    return known[0] if len(known) == 1 and known[0].lower() in TRUTHS else text


def _with_passed(
    found: Iterable[tuple[Claim, ...]], told: Mapping[str, str], scope: Scope
) -> Iterable[tuple[Claim, ...]]:
    """Return what an action builds that takes arguments as Docker's does."""
    from dlint.project.commands import all_passed, names_passed, pairs_passed

    arguments = told.get("build-args", "")
    passes = all_passed(map(names_passed, _said(arguments, scope.values)))
    plain = list(_said(_OTHER_EXPRESSION.sub("$", arguments), scope.values))
    args = pairs_passed(plain[0]) if len(plain) == 1 else ()
    return (tuple(each._replace(passes=passes, args=args) for each in some) for some in found)


def _is_layered(told: Mapping[str, str], values: Values) -> bool:
    """Tell whether Buildah's action may keep layers."""
    from dlint.project.commands import BUILDAHS_LAYERS

    is_told = told.get("layers", "false") != "false" or "layers" in told.get("extra-args", "")
    return is_told or BUILDAHS_LAYERS in values


def _of_dockers(
    found: Iterable[tuple[Claim, ...]], told: Mapping[str, str], scope: Scope, *, is_first: bool
) -> Iterator[tuple[Claim, ...]]:
    """Return what Docker's action builds, with what it is told of the image and of its cache; an
    image is a cache for its first version as it is.
    """
    may_leave = bool(told.get("outputs")) and not scope.only_loads(told["outputs"])
    is_tried = not (scope.pushes or _is_pushed(told) or may_leave)
    if is_tried:
        found = map(partial(_all_delivered, stays=True), found)
    elif "$" in told.get("push", "") and "name=" not in told.get("outputs", ""):
        found = map(_kept_without_owner, found)
    if is_first:
        found = map(partial(_all_delivered, foreign=True), found)
    elif _reads_own_image(told.get("cache-from", ""), scope.images):
        found = map(partial(_all_delivered, hopes=IMAGES), found)
    return map(scope.claimed, found)


def _kept_without_owner(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Return what a build claims that an expression decides to push: no registry takes its image
    where all of its names are known, and none has an owner.
    """
    return tuple(
        each.delivered(stays=True) if each.names and _NO_OWNER.fullmatch(each.names) else each
        for each in claims
    )


def _is_pushed(told: Mapping[str, str]) -> bool:
    """Tell whether an action is told to push what it builds."""
    return told.get("push", "false").lower() != "false"


def _all_delivered(claims: tuple[Claim, ...], **told: Any) -> tuple[Claim, ...]:  # noqa: ANN401  as there
    return tuple(each.delivered(**told) for each in claims)


def _images(step: Table) -> list[str]:
    """Return the repositories of images that an action is told to tag, or to make tags for."""
    told = _texts(step.get("with"))
    told = known_action(str(step.get("uses")), told).as_dockers(told)
    text = f"{told.get('images', '')}\n{told.get('tags', '')}".replace(",", "\n")
    return [untagged(each.strip()) for each in text.split("\n") if each.strip()]


def _reads_own_image(sources: str, images: frozenset[str]) -> bool:
    """Tell whether all caches that a build reads are images which it pushes, by the names that
    `images` has; a tag for a cache alone is none of them.
    """
    told = [_REGISTRYS.sub("", each.strip()) for each in sources.split("\n") if each.strip()]
    return bool(told) and all(
        untagged(each) in images and "cache" not in each.rpartition(":")[2] for each in told
    )


def _keyed(
    told: Mapping[str, str], values: Values, base: str, default: str = ""
) -> Iterator[tuple[Claim, ...]]:
    """Yield the build that a table with a context or a Dockerfile among its keys describes."""
    plain = {key.lower().replace("-", "").replace("_", ""): value for key, value in told.items()}
    context = next((plain[key] for key in _CONTEXT_KEYS if plain.get(key)), default)
    dockerfile = next((plain[key] for key in _FILE_KEYS if plain.get(key)), "")
    if not (context or dockerfile):
        return
    target = next((plain[key] for key in _TARGET_KEYS if plain.get(key)), "")
    known = _delivered(plain, values, base)
    keeps_git = _KEEPS_GIT in plain.get("buildargs", "")
    for each in _said(f"{context}\0{dockerfile}\0{target}", values):
        parts = each.split("\0")
        if len(parts) > _ASKED:  # no path holds this byte
            continue
        place, file, stage = map(str.strip, parts)  # a block of YAML ends a line
        place = place or default
        own = place.startswith(_OWN_CONTEXT)  # a git context: its Dockerfile is seen from there
        folder = _folder_of(place)
        delivery = known.delivery._replace(fetched=own and not keeps_git)
        claim = known._replace(context=folder, dockerfile=file, target=stage, delivery=delivery)
        seen = (claim, claim._replace(in_context=True))
        yield seen[::-1] if own else seen


def _folder_of(place: str) -> str:
    """Return the folder that a context names, also in a commit."""
    return place.removeprefix(_OWN_CONTEXT).removeprefix(":") or "."


def _delivered(plain: Mapping[str, str], values: Values, base: str) -> Claim:
    """Return what such a table says of where the image and its caches go."""
    from dlint.project.commands import Claim

    places = {**_OF_REPOSITORY, **values}
    exports, sources = (_only(plain.get(key, ""), places) for key in _CACHE_KEYS)
    for_job = _is_for_job(plain.get("tags", ""))
    output, is_pushed = plain.get("outputs", ""), _is_pushed(plain)
    told = list(_said(output, values))
    files = "$" not in told and all(map(makes_files, told))  # that may be anything
    is_loaded = plain.get("load", "").lower() == "true" and not is_pushed and not output
    return Claim(
        base,
        "",
        cache_to=exports,
        # one of several is one, too
        cache_from=sources or next(filter(None, _said(plain.get("cachefrom", ""), values)), ""),
        names=_only(plain.get("tags", ""), values).replace(",", "\n"),
        contexts=_only(plain.get("buildcontexts", ""), values),
        platforms=_only(_pushed_platforms(plain), values),
        delivery=Delivery(
            stays=for_job or is_loaded or files,
            files=files,
            for_job=for_job,
            pushes=is_pushed
            or any(map(_OUTPUT_PUSHES.search, (*told, *_told_before(output, values)))),
            cold=OPTION * (plain.get("nocache", "").lower() == "true"),
        ),
    )


def _pushed_platforms(plain: Mapping[str, str]) -> str:
    """Return for which platforms an action is told to build, when it is not for a pull request: of
    those that push no image of one.
    """
    platforms = plain.get("platforms", "")
    if _OF_REQUEST not in plain.get("push", ""):
        return platforms
    return _BY_REQUEST.sub(lambda match: match[2 if match[1] == "!=" else 3], platforms)


def _told_before(output: str, values: Values) -> Iterator[str]:
    """Yield all that the actions are told which hand on the output of a build."""
    return chain.from_iterable(values.get(step, ()) for step in _OF_STEP.findall(output))


def _is_for_job(tags: str) -> bool:
    """Tell whether a registry that runs beside a job, and ends with it, gets all of an image's
    tags.
    """
    told = [tag.strip() for tag in tags.replace(",", "\n").split("\n") if tag.strip()]
    return bool(told) and all(map(_BESIDE.match, told))


def _said(text: str, values: Values) -> Iterator[str]:
    """Yield a text with each expression in it filled in."""
    from dlint.project.commands import MOST_VALUES

    text = _FORMAT.sub(_written_out, text)
    used = {match[0]: _possible(match, values) for match in _EXPRESSION.finditer(text)}
    known = {written: found for written, found in used.items() if found}
    for row in islice(product(*known.values()), MOST_VALUES):
        each = text
        for written, value in zip(known, row, strict=True):
            each = each.replace(written, value)
        yield _EXPRESSION.sub("$", each) if len(known) < len(used) else each


def _written_out(call: re.Match[str]) -> str:
    """Return the text that `format` makes, with an expression for each name that it puts in."""
    names = [each.strip() for each in call[2].split(",")[1:]]
    filled = call[1]
    for at, name in enumerate(names):
        filled = filled.replace(f"{{{at}}}", f"${{{{ {name} }}}}")
    return call[0] if "{{" in call[1] or _PLACE.search(filled) else filled


def _only(text: str, values: Values) -> str:
    """Return the one thing that a text may be, or is left out; "" where it may be several."""
    found = list(dict.fromkeys(filter(None, _said(text, values))))
    return found[0] if len(found) == 1 else ""


def _possible(expression: re.Match[str], values: Values) -> list[str]:
    """Return what an expression may be: of `a && 'x' || 'y'` either text, of `a || 'y'` what `a`
    is, or else the text; the one that the row of a matrix chooses, where it tells.
    """
    chosen = _chosen(expression[0], values)
    if chosen is not None:
        return chosen
    texts = list(dict.fromkeys(_CHOICE.findall(expression[0])))
    known = [] if "&&" in expression[0] else _value(expression[1], values)
    is_untrue = {"", "false"} if texts else {""}
    return [each for each in known if each not in is_untrue] or texts or known


def _chosen(expression: str, values: Values) -> list[str] | None:
    """Return what a choice is in the row that these values are of; None where that does not tell
    (https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators).
    """
    choice = _CHOSEN_BY_ROW.fullmatch(expression)
    own = values.get(choice["name"], []) if choice else []
    if choice is None or len(own) != 1:
        return None
    is_same = own[0].casefold() == choice["value"].casefold()  # as GitHub compares
    if is_same == (choice["sign"] == "==") and choice["then"]:  # nothing is as good as false
        return [choice["then"]]
    return _value(choice["other"], values) if choice["other"] else [choice["text"]]


def _value(name: str, values: Values) -> list[str]:
    if name == "github.workspace":
        return ["."]
    return values.get(name) or values.get(name.removeprefix("env.")) or []


def _pipeline(tree: Table, folder: str) -> Iterator[tuple[Claim, ...]]:
    """Read a CI file of any other service, and go-task's, which works where the file is that
    includes it: scripts, and tables that name both a context and a Dockerfile.
    """
    is_ci = folder.startswith(".")
    above = (str(each) for each in PurePosixPath(folder).parents)
    bases = tuple(dict.fromkeys((".", folder) if is_ci else (folder, *above, ".")))
    outer = Scope({}).within(tree)
    templates = _templates(tree)
    for name, job in tree.items():
        if name in templates:
            continue
        table = _inherited(job, tree) if isinstance(job, dict) else {name: job}
        scope = outer.within(table)
        for row in _gitlab_rows(table):
            values = {**scope.values, **row}
            for each in islice(_walk(table), MOST_NODES):
                yield from _described(each, values, bases)


def _described(each: object, values: Values, bases: tuple[str, ...]) -> Iterator[tuple[Claim, ...]]:
    from dlint.project.commands import claims_in

    match each:
        case str() if _STARTS.search(each):
            yield from claims_in(each, bases, values)
        case [{"name": str()}, *_]:
            given = _texts({str(one.get("name")): one.get("value") for one in _tables(each)})
            for base in bases if _KONFLUX in given else ():
                yield from _keyed({**given, "push": "true"}, values, base)
        case [*words] if all(isinstance(word, str) for word in words):
            texts = [str(word) for word in words]
            if texts and texts[0] == "build":  # Google's Cloud Build: the words of one command
                yield from claims_in("docker " + " ".join(texts), bases, values)
            elif any(map(_STARTS.search, texts)):
                yield from claims_in("\n".join(texts), bases, values)
        case dict():
            for base in bases:
                yield from _in_table(each, values, base)


def _in_table(table: Table, values: Values, base: str) -> Iterator[tuple[Claim, ...]]:
    if _PLUGINS.match(str(table.get("image"))):
        yield from _of_plugin(table, values, base)
    else:
        yield from _keyed({**_texts(table.get("docker")), **_texts(table)}, values, base)


def _of_plugin(step: Table, values: Values, base: str) -> Iterator[tuple[Claim, ...]]:
    """Yield what a plugin of Drone or Woodpecker builds and pushes: each start has a daemon of its
    own, which ends with it.
    """
    told = loading.table(step, "settings") or step
    keeps = any("cache" in str(key) or "storage" in str(key) for key in told)
    is_fresh = "volumes" not in step
    is_tried = str(told.get("dry_run", told.get("dry-run"))).lower() == "true"
    pushed = {**_texts(told), "push": str(not is_tried)}
    for claims in _keyed(pushed, values, base, "."):
        yield tuple(
            each._replace(names=pushed.get("repo", "")).delivered(
                stays=is_tried,
                fresh=is_fresh,
                cold=each.delivery.cold or MACHINE * (is_fresh and not keeps),
            )
            for each in claims
        )


def _templates(tree: Table) -> frozenset[str]:
    """Return the hidden jobs of GitLab's that others are made of: they run nowhere themselves
    (https://docs.gitlab.com/ci/jobs/#hide-a-job).
    """
    jobs = [each for each in tree.values() if isinstance(each, dict)]
    named = {str(one) for job in jobs for one in _listed(job.get("extends"))}
    merged = {id(one) for job in jobs for one in _listed(job.get("<<"))}
    hidden = (name for name in tree if name.startswith("."))
    return frozenset(each for each in hidden if each in named or id(tree[each]) in merged)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _inherited(job: Table, tree: Table) -> Table:
    """Return a GitLab job with what it `extends`, and what that extends in turn: of several, what
    the last one says goes before (https://docs.gitlab.com/ci/yaml/#extends).
    """
    if "extends" not in job:
        return job
    found: Table = {}
    variables: dict[str, str] = {}
    waiting, seen = [job], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:  # whatever it says stands there already; or it extends itself
            continue
        seen.add(id(each))
        found = {**each, **found}
        variables = {**_texts(each.get("variables")), **variables}
        waiting += _extended(each, tree)
    return {**found, "variables": variables}


def _extended(job: Table, tree: Table) -> Iterator[Table]:
    """Yield the jobs of the same file that a job of GitLab's extends."""
    for name in _listed(job.get("extends")):
        template = tree.get(name) if isinstance(name, str) else None
        if isinstance(template, dict):
            yield template


def _gitlab_rows(job: Table) -> list[Values]:
    from dlint.project.commands import MOST_VALUES

    matrix = loading.table(job, "parallel").get("matrix")
    rows = [
        {name: value if isinstance(value, list) else [value] for name, value in row.items()}
        for row in _tables(matrix)
    ]
    return [
        dict(zip(row, ([each] for each in values), strict=True))
        for row in rows
        for values in islice(product(*row.values()), MOST_VALUES)
    ] or [{}]


def _walk(node: object) -> Iterator[object]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list) and not all(isinstance(one, str) for one in each):
            waiting += each


def _tables(node: object) -> Iterator[Table]:
    values: Iterable[object] = node.values() if isinstance(node, dict) else ()
    values = node if isinstance(node, list) else values
    yield from (_merged(each) for each in values if isinstance(each, dict))


def _merged(table: Table) -> Table:
    """Return a table with what its merge key `<<` brings."""
    more = table.get("<<")
    parts = more if isinstance(more, list) else [more]
    found: Table = {}
    for part in reversed([each for each in parts if isinstance(each, dict)]):
        found.update(part)
    return {**found, **table}


def _texts(node: object) -> dict[str, str]:
    pairs = node.items() if isinstance(node, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}
