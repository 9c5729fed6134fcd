"""Which images from outside a Dockerfile names: FROM, COPY --from, RUN --mount=from."""

from __future__ import annotations

import re

from dlint.context import moby
from dlint.facts.tags import Tag
from dlint.facts.volatility import is_placeholder
from dlint.images.reference import DOCKER_HUB, context_name, parse_reference
from dlint.model.stages import SCRATCH, find_stage
from dlint.project.purpose import is_of_the_newest
from dlint.syntax import Arg, Copy, From, Onbuild, Run, Transfer, Workdir
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal, TypeAlias

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction, Mount
    from dlint.syntax.instructions import Pair
    from dlint.syntax.words import Word
    from dlint.text.source import Span

    How: TypeAlias = Literal["from", "copy", "mount"]

# Official images that are distributions: code names are versions of theirs, not of the ground that
# they stand on.
_DISTRIBUTIONS = frozenset(
    (
        "almalinux",
        "alpine",
        "amazonlinux",
        "buildpack-deps",
        "centos",
        "debian",
        "fedora",
        "neurodebian",
        "opensuse",
    )
) | {"oraclelinux", "photon", "rockylinux", "ros", "ubuntu"}
# Of those, what becomes the next release: of Debian, Ubuntu, Alpine and Fedora.
_BEFORE_RELEASES = frozenset(("sid", "unstable", "testing", "devel", "edge", "rawhide"))
_DIGIT = regex(r"\d")
# Of what was built that day: `2026-07-13`, `bookworm-20260713-slim`, `base-20260713.0.1`.
_DAY = regex(r"(?:\A|[-_.]|\Av)20\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?![^-_.t])")
# https://github.com/GoogleContainerTools/distroless#what-images-are-available and
# https://edu.chainguard.dev/chainguard/chainguard-images/about/versions/ and
# https://github.com/prometheus/busybox#readme
_UNVERSIONED = ("gcr.io/distroless/", "cgr.dev/chainguard/", "quay.io/prometheus/busybox")
_OF_SEVERAL = regex(r"[\w.-]+\$")  # a name's last part with a variable in it
# What a builder says of the platform that it builds for, and what that may be.
_PLATFORM = regex(r"\$target(?:arch|variant)\b|\$\{target(?:arch|variant)\}")
_PLATFORMS = r"(?:386|amd64|arm|arm64|ppc64le|riscv64|s390x)?(?:v\d)?"
# What a script replaces before anybody builds it: `node:__VERSION__`, `team/app:TAG`.
_TO_BE_FILLED = regex(
    r"(?<!\w)__[A-Za-z0-9]++(?:_[A-Za-z0-9]++)*+__|:(?:TAG|VERSION|PLACEHOLDER|REPLACE\w*|CHANGE_?ME)\b"
)
_HERE = frozenset(("localhost", "127.0.0.1"))
_ROLLING = frozenset(("archlinux", "tumbleweed"))
_WEB_SERVERS = frozenset(("caddy", "httpd", "nginx", "nginx-unprivileged"))
_STORING = (Onbuild, Run, Transfer, Workdir)  # what an image has layers of, its own or later


_OF_ONE_MACHINE = frozenset(("ci", "e2e", "local"))
_ROOT = frozenset(("", ".", "/"))  # a mount without a source is one of all there is


class ImageUse(NamedTuple):
    """A place that names an image from outside the file.

    `span` is the name's place, `written` what stands there. `reference` is what it means once
    variables are expanded: None where only a build argument could tell, where the repository's
    files pass another one, or where the name is none. `default` is the ARG whose default decides,
    if one does.
    """

    stage: Stage
    instruction: Instruction
    span: Span
    written: str
    how: How
    reference: Reference | None
    default: Pair | None = None

    @property
    def pulled(self) -> bool:
        """Whether a registry is asked for it: a bare name that Docker Hub does not hold is found
        nearer by.

        podman and buildah call what was built on the machine itself `localhost/NAME`, and a
        registry there (`localhost:5000/NAME`) holds what the steps before have built.
        """
        reference = self.reference
        if reference is None or self.is_of_this_machine:
            return False
        if (
            reference.registry != DOCKER_HUB
            or reference.account != "library"
            or "/" in self.written
        ):
            return True
        return reference.is_official

    @property
    def moves(self) -> bool:
        """Whether a registry is asked for a name that does not say which image: no tag, or one that
        is known to move, and no digest.
        """
        reference = self.reference if self.pulled else None
        if reference is None or reference.digest:
            return False
        if reference.tag is None or Tag.read(reference.tag).moves:
            return True
        # A variant of what is published without versions; the name may tell a release.
        return not (self.has_versions or _DIGIT.search(f"{reference.name}:{reference.tag}"))

    @property
    def is_of_this_machine(self) -> bool:
        """Whether it is called after the machine itself: `localhost/NAME`."""
        return self.reference is not None and self.reference.registry.partition(":")[0] in _HERE

    @property
    def is_of_a_day(self) -> bool:
        """Whether its tag is the date of its build, or holds it: who renews the image takes another
        day's.
        """
        tag = self.reference.tag if self.reference else None
        return tag is not None and _DAY.search(tag.lower()) is not None

    @property
    def floats(self) -> bool:
        """Whether a registry is asked for a version that may move, with no digest."""
        reference = self.reference
        is_fixed = reference is None or bool(reference.digest) or self.moves or self.is_of_a_day
        return self.pulled and not is_fixed

    @property
    def is_of_several(self) -> bool:
        """Whether a variable makes it one of several repositories: `team/shop-${ARCH}:latest`."""
        return _OF_SEVERAL.match(self.written.rpartition("/")[2]) is not None

    @property
    def has_versions(self) -> bool:
        """Whether its publisher tags it with versions at all; Distroless and Chainguard's free
        images have variants alone, such as `debug` and `nonroot`.
        """
        reference = self.reference
        return reference is None or not reference.familiar.startswith(_UNVERSIONED)

    @property
    def repository(self) -> tuple[str, str] | None:
        """Where its releases are: the registry, and the name there."""
        reference = self.reference
        return (reference.registry, reference.repository) if reference else None

    @property
    def tag(self) -> Tag:
        """Its tag, or the one that stands for none, taken apart."""
        return Tag.read(self.reference.tag_or_latest if self.reference else "")

    def is_chosen_for(self, path: str) -> bool:
        """Tell whether the tag is deliberate in the Dockerfile at `path`: an ARG decides it, or the
        path names a version or a part of the tag; where it moves, its release is unknown.
        """
        if self.reference is None or self.default is not None:
            return True
        return self.tag.moves or self.tag.is_named_in(path)

    @property
    def is_distribution(self) -> bool:
        """Whether it is the official image of a distribution."""
        reference = self.reference
        return reference is not None and reference.is_official and reference.name in _DISTRIBUTIONS

    @property
    def precision(self) -> int | None:
        """How exact the tag is that a registry is asked for, as `Tag.precision` counts; None where
        the tag stands for no version, where there is none, and where a digest says more; where
        its publisher names no versions, where it should be a newer one each time, and where the
        machine that builds has made it.
        """
        reference = self.reference if self.pulled else None
        if reference is None or reference.digest or reference.tag is None:
            return None
        if self.begins_a_cache or not self.has_versions or reference.tag in _OF_ONE_MACHINE:
            return None
        tag = Tag.read(reference.tag)
        if tag.moves:
            return None
        has_releases = self.is_distribution or not reference.is_official
        found = tag.precision(distribution=has_releases)
        return found if found or not tag.has_ended else None

    @property
    def is_before_releases(self) -> bool:
        """Whether it is what a distribution makes its releases of, which has no version."""
        tag = self.reference.tag if self.reference and self.is_distribution else None
        return tag is not None and tag.partition("-")[0] in _BEFORE_RELEASES

    @property
    def begins_a_cache(self) -> bool:
        """Whether it is no more than what a cache mount begins with, and so is there to be a newer
        one each time.
        """
        return self._mount is not None and self._mount.type == "cache"

    @property
    def takes_all(self) -> bool:
        """Whether any change of the image changes what is made with it: a stage stands on it, or
        it is mounted as a whole.
        """
        mount = self._mount
        return self.how == "from" or (mount is not None and (mount.source or "") in _ROOT)

    @property
    def _mount(self) -> Mount | None:
        """The mount of a RUN that names it."""
        mounts = self.instruction.mounts if isinstance(self.instruction, Run) else ()
        return next((mount for mount in mounts if mount.span == self.span), None)

    @property
    def has_version_elsewhere(self) -> bool:
        """Whether its name holds the version (`nodejs20-debian12:debug`), or the tag comes from a
        default that no real build takes: `notset`, `xxx`, nothing at all.
        """
        reference = self.reference
        if reference is None or _DIGIT.search(reference.name):
            return True
        parts = (reference.tag or "").split("-") if self.default is not None else []
        return any(part in {"v", "tag"} or is_placeholder(part) for part in parts)


def is_own(build: Build, reference: Reference) -> bool:
    """Tell whether the repository builds an image of that name, whatever its tag."""
    if build.recipes is None or reference.is_official:
        return False
    from dlint.project.names import is_own_name

    name = reference.familiar.partition("@")[0].removesuffix(f":{reference.tag}")
    return is_own_name(build.recipes, name)


def stands_alone(build: Build, use: ImageUse) -> bool:
    """Tell whether an image is pushed again under another name: no stage on top of it, and one of
    them ships, stores a layer.
    """
    if use.how != "from" or not build.shipped(use.stage):
        return False
    above = build.stages_on(use.stage)
    return not any(isinstance(each, _STORING) for stage in above for each in stage.instructions)


def stands_on_rolling(use: ImageUse) -> bool:
    """Tell whether a stage stands on a distribution without releases, whose packages are to be of
    one day: those of an old base do not fit what its mirrors have now.
    """
    return use.how == "from" and use.reference is not None and use.reference.name in _ROLLING


def is_idle(build: Build, stage: Stage) -> bool:
    """Tell whether no build makes a stage, and there is nothing in it that one could make; where a
    variable names a stage, it may be this one.
    """
    if build.live(stage) or any(isinstance(each, _STORING) for each in stage.instructions):
        return False
    named = (each.from_.image.text for each in build.stages if each.from_.image)
    return not any("$" in each.partition(":")[0] for each in named)


def may_be_pushed(build: Build, use: ImageUse) -> bool:
    """Tell whether an image gets into one that somebody may push: by its own stage, or by a COPY
    from a stage that only names it.
    """
    if not build.may_leave:
        return False
    return build.is_pushed(use.stage) or _is_handed_on(build, use.stage)


def _is_handed_on(build: Build, stage: Stage) -> bool:
    """Tell whether a stage runs nothing, and pushed stages copy files from it."""
    if any(isinstance(each, Run) for each in stage.instructions):
        return False
    from dlint.facts.shipping import shipping

    carried = build.fact(shipping).carried.get(stage.index, ())
    takers = filter(None, (build.stage_of(each.copy) for each in carried))
    return any(map(build.is_pushed, takers))


def named_images(build: Build) -> tuple[tuple[ImageUse, Reference], ...]:
    """Return the images from outside whose names are known, in order, with what they mean."""
    return tuple((use, use.reference) for use in build.fact(image_uses) if use.reference)


def named_bases(build: Build) -> tuple[tuple[ImageUse, Reference], ...]:
    """Return those that built stages stand on, of whichever platform, in order, with what they
    mean.
    """
    words = (stage.from_.image for stage in build.stages if build.live(stage))
    others = [*filter(None, (_named_by_platform(word.text) for word in words if word))]
    return tuple(
        (use, reference)
        for use, reference in build.fact(named_images)
        if use.how == "from" and (build.live(use.stage) or _is_one_of(use.stage, others))
    )


def _named_by_platform(text: str) -> str | None:
    """Return the pattern of the stages that a FROM means on one platform or another; None where
    none of these is in its name.
    """
    parts = _PLATFORM.split(text.lower())
    return _PLATFORMS.join(map(re.escape, parts)) if len(parts) > 1 else None


def _is_one_of(stage: Stage, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(pattern, stage.name or "") for pattern in patterns)


def is_on_pinned_base(build: Build, run: Run) -> bool:
    """Tell whether a digest fixes the image that the stage of a RUN stands on."""
    stage = build.stage_of(run)
    first = stage.outermost.from_ if stage else None
    return any(
        reference.digest for use, reference in build.fact(named_images) if use.instruction is first
    )


def image_uses(build: Build) -> tuple[ImageUse, ...]:
    """Return the images that the file names, in order; FROM a stage, a number or `scratch` is
    none.
    """
    return tuple(_uses(build))


def base_reference(build: Build, stage: Stage) -> Reference | None:
    """Return the image that a stage stands on in the end; None where nothing tells."""
    base, uses = stage.outermost, build.fact(image_uses)
    used = (use for use in uses if use.stage is base and use.how == "from")
    return next((use.reference for use in used), None)


def likely_base(build: Build, stage: Stage) -> Reference | None:
    """Return the image that a stage stands on, by the defaults of its arguments where others are
    passed: those hardly change more than its version.
    """
    return base_reference(build, stage) or _read(stage.outermost.image or "")


def is_on_web_server(build: Build, stage: Stage) -> bool:
    """Tell whether a stage stands on a web server and installs nothing, so that it serves files and
    runs no program of theirs.
    """
    from dlint.shell.effects import Install

    base = likely_base(build, stage)
    if base is None or base.name not in _WEB_SERVERS:
        return False
    runs = (step.instruction for step in build.chain(stage))
    return not any(build.effects(run).of(Install) for run in runs if isinstance(run, Run))


def _uses(build: Build) -> Iterator[ImageUse]:
    defaults = {pair.name: pair for arg in _globals(build) for pair in arg.pairs}
    for stage in build.stages:
        for instruction in stage.instructions:
            match instruction:
                case From(image=word) if word and stage.is_external:
                    yield _base(build, stage, instruction, word, defaults)
                case Copy(from_=name) if name and _is_outside(build, name):
                    yield from _copied(stage, instruction, name)
                case Run():
                    yield from _mounted(build, stage, instruction)


def _copied(stage: Stage, copy: Copy, name: str) -> Iterator[ImageUse]:
    flag = next((flag for flag in copy.flags if flag.name == "from"), None)
    if flag:
        yield ImageUse(stage, copy, flag.span, name, "copy", _read(name))


def _mounted(build: Build, stage: Stage, run: Run) -> Iterator[ImageUse]:
    for mount in run.mounts:
        name = mount.from_
        if name and _is_outside(build, name):
            yield ImageUse(stage, run, mount.span, name, "mount", _read(name))


def _globals(build: Build) -> Iterator[Arg]:
    for instruction in build.dockerfile.instructions:
        if isinstance(instruction, From):
            return
        if isinstance(instruction, Arg):
            yield instruction


def _base(
    build: Build, stage: Stage, instruction: From, word: Word, defaults: dict[str, Pair]
) -> ImageUse:
    names = _named(word.text, defaults, build.dockerfile.escape)
    passed = {name for name in names if _is_passed(build, name, defaults.get(name))}
    is_known = stage.image and not passed and not _is_context(build, stage.image)
    reference = _read(stage.image) if stage.image and is_known else None
    default = next((defaults[name] for name in sorted(names) if name in defaults), None)
    return ImageUse(stage, instruction, word.span, word.text, "from", reference, default)


def _is_passed(build: Build, name: str, default: Pair | None) -> bool:
    """Tell whether a build may be given another value of an argument than the modelled one."""
    if name not in build.passed or name in build.options.build_args:
        return False
    if build.recipes is None or name in build.options.passed:
        return True
    return not build.recipes.keep_default(build.path, name, default.value if default else None)


def _named(text: str, defaults: dict[str, Pair], escape: str) -> frozenset[str]:
    """Return the variables that a word stands on, those that their defaults mention among them."""
    found: set[str] = set()
    todo = list(moby.references(text, escape))
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            pair = defaults.get(name)
            todo.extend(moby.references(pair.value, escape) if pair and pair.value else ())
    return frozenset(found)


def _is_outside(build: Build, name: str) -> bool:
    """Tell whether `--from=NAME` is an image: no stage (not even a later one), no number, no
    variable, no context that has a name.
    """
    if "$" in name or name.isdecimal() or name == SCRATCH or _is_context(build, name):
        return False
    return find_stage(build.stages, name, len(build.stages)) is None


def _is_context(build: Build, name: str) -> bool:
    """Tell whether a name stands for a context that is given in place of an image."""
    return context_name(name) in build.named_contexts


def _read(name: str) -> Reference | None:
    if ("__" in name or name != name.lower()) and _TO_BE_FILLED.search(name):
        return None
    try:
        return parse_reference(name)
    except ValueError:
        return None


def is_for_the_newest(build: Build, use: ImageUse) -> bool:
    """Tell whether the place of the file, or the name of the stage on an image, says that it is
    there to be built on the newest.
    """
    tag = use.reference.tag if use.reference else None
    names = (build.path, (use.stage.name or "") if use.how == "from" else "")
    return any(is_of_the_newest(name, tag or "") for name in names)
