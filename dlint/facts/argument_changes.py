"""How often a build argument is another one, and with it the image that it names."""

from __future__ import annotations

import posixpath
import re

from dlint.facts.volatility import (
    Changes,
    is_other_with_each_push,
    is_placeholder,
    passed_change,
)
from dlint.images.reference import context_name
from dlint.project.purpose import is_plain_dockerfile
from dlint.syntax import Arg, Copy, Run
from dlint.text.paths import nested
from dlint.text.patterns import VARIABLE, regex
from dlint.text.safe import naming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.project.builds import Built
    from dlint.project.recipes import Argument, Recipes
    from dlint.syntax import Instruction
    from dlint.syntax.instructions import Pair

_OF_PLATFORMS = ("BUILD", "TARGET")  # which the builder sets
# What is built for another platform shares no layer.
_OF_A_PLATFORM = regex(r"(?i)\A\Z|amd64|arm|x86|x64|aarch|386|ppc|s390|riscv|linux|windows|darwin")
# Commits and versions: a default that names one is what most builds take.
_PINNED = regex(r"(?=.*[0-9])[0-9a-f]{7,64}|v?\d+(?:\.\d+)+\S*|.*[$/].*")
_SWITCH = regex(
    r"(?i)\$(?:env:)?\{?(\w+)\b[^\s\"'=$]{0,80}[\"']?\s{0,20}(?:==?|!=|-c?(?:eq|ne))\s{0,20}[\"']?"
    r"(?:true|false|yes|no|on|off|[yn01])\b"
)
# What a job or a step of a workflow gives out.
_WORKED_OUT = regex(r"[\"']?\$\{\{[ \t]*+(?:needs|steps)\.")
_OF_MOMENT = regex(r"(?i)date|time|stamp|created")
# A version that somebody enters to start a workflow; others may be called with the same each time.
_ENTERED = regex(
    r"[\"']?\$\{\{[ \t]*+(?:github\.event\.)?inputs\."
    r"[\w-]{0,40}(?:commit|ref|release|sha|tag|version)",
    re.IGNORECASE,
)
_STARTED_BY_HAND, _CALLED = "workflow_dispatch", "workflow_call"
_ANSWER = regex(r"(?i)true|false|yes|no|on|off|[yn01]")


def changes_of(build: Build, arg: Arg, pair: Pair) -> Changes:
    """Tell how often an argument changes: as the repository's files show, or else as far as its
    name and its default tell.
    """
    return Changes.SELDOM if _is_never_passed(build, pair.name) else _passed(build, arg, pair)


def _passed(build: Build, arg: Arg, pair: Pair) -> Changes:
    changes, told = Changes.of(pair.name), passed_change(build, pair.name)
    default = None if pair.value is None else pair.value.strip("\"'")
    is_likely_passed = changes is not Changes.SELDOM or is_placeholder(default)
    if told is Changes.EVERY_BUILD and (is_likely_passed or _is_seen_passed(build, pair.name)):
        return Changes.EVERY_BUILD
    if pair.value is None:
        default = _global_default(build, arg, pair.name)
    is_open = is_placeholder(default)
    if changes is Changes.SELDOM and told is Changes.RELEASES:  # what is seen counts, not its name
        changes = Changes.RELEASES
    match changes:
        case Changes.EVERY_BUILD if default and _PINNED.fullmatch(default):
            return Changes.SELDOM
        case Changes.RELEASES if not _is_released(build, pair.name, is_open=is_open):
            return Changes.SELDOM
        case Changes.RELEASES | Changes.ON_PURPOSE if _is_switch(build, arg, pair.name):
            return Changes.SELDOM
        case Changes.SELDOM if is_open and _differs(build, arg, pair.name):
            return Changes.IMAGES
    return changes


def is_by_name_alone(build: Build, name: str) -> bool:
    """Tell whether nothing but the name of an argument for a date says how often it changes: no
    file of a repository that has recipes passes it. Many a template's label is filled in by nobody.
    """
    recipes = build.recipes
    if recipes is None or name in build.options.passed or not _OF_MOMENT.search(name):
        return False
    return bool(recipes.texts) and not recipes.arguments_of(name)


def _is_never_passed(build: Build, name: str) -> bool:
    """Tell whether the recipes that build the Dockerfile leave an argument as it is: no file names
    it, or those alone that build others, or pass it to others.
    """
    recipes = build.recipes
    own = recipes.builds_of(build.path) if recipes else ()
    if recipes is None or not own or name in build.options.passed:
        return False
    givers = {each.path for each in recipes.arguments_of(name) if each.given}
    if givers:
        passing = {each.path for each in own if each.may_pass(name)}
        known = {each.path for each in recipes.builds}
        return givers.isdisjoint(passing) and not any(
            _may_build(build, recipes.text_of[each]) for each in givers - known
        )
    named = naming(name, r"\b", r"\b")
    return not any(name in text and named.search(text) for _, text in recipes.texts)


def _may_build(build: Build, recipe: str) -> bool:
    """Tell whether a recipe of which no build is known may be one of the Dockerfile's: it names the
    file, unless that is the one which builders take without a word.
    """
    name = posixpath.basename(build.path)
    return is_plain_dockerfile(name) or name in recipe


def _is_seen_passed(build: Build, name: str) -> bool:
    """Tell whether each recipe that fills in an argument builds this Dockerfile."""
    recipes = build.recipes
    if recipes is None:
        return False
    own = {each.path for each in recipes.builds_of(build.path) if each.may_pass(name)}
    givers = {each.path for each in recipes.arguments_of(name) if each.given and each.is_filled_in}
    return bool(givers) and givers <= own


def renewed_base(build: Build, stage: Stage) -> Changes:
    """Tell how often the image that a stage's chain begins with is another one, by an argument in
    its name: another image in its place stays the same.
    """
    root = [*stage.ancestors()][-1]
    if context_name(root.named_image) in build.named_contexts:
        return Changes.SELDOM
    names = {name for text in root.from_.texts for name in VARIABLE.findall(text)}
    first = build.stages[0].from_.index
    found = [
        changes_of(build, arg, pair)
        for arg in (build.dockerfile.instructions[:first] if names else ())
        if isinstance(arg, Arg)
        for pair in arg.pairs
        if pair.name in names
    ]
    often = (each for each in (Changes.EVERY_BUILD, Changes.RELEASES) if each in found)
    return next(often, Changes.SELDOM)


def _is_released(build: Build, name: str, *, is_open: bool) -> bool:
    """Tell whether a version is another one with each release: the files pass no constant, nor yes
    or no alone, and its default is open, or one that they replace.
    """
    is_constant = _is_constant(build, name) or _is_answer(build, name)
    return (is_open or _is_passed_anew(build, name)) and not is_constant


def _differs(build: Build, arg: Arg, name: str) -> bool:
    """Tell whether one recipe builds several images of the Dockerfile, and passes another value
    that it writes itself for each, not for each platform: no other Dockerfile has such an argument,
    and a build may take the steps of another one.
    """
    recipes = build.recipes
    if recipes is None or name.startswith(_OF_PLATFORMS) or _is_switch(build, arg, name):
        return False
    several = _of_several_values(recipes, name) - _built_apart(recipes.builds_of(build.path))
    if not several:
        return False
    declared = naming(name, r"(?m)^[ \t]*[Aa][Rr][Gg][ \t]+", r"\b")
    return all(
        path == build.path or not declared.search(text)
        for path, text in recipes.dockerfiles.items()
        if name in text
    )


def _built_apart(builds: Sequence[Built]) -> set[str]:
    """Return the recipes, by their paths, each of whose builds shares no step with others."""
    shared = {each.path for each in builds if not _is_built_apart(each)}
    return {each.path for each in builds} - shared


def _is_built_apart(built: Built) -> bool:
    """Tell whether the images of a recipe share no step: it uses no cache, or each row of a matrix
    is built on a machine of its own, and all have no cache, or different ones.
    """
    told = built.delivery
    return told.refuses_cache or (told.fresh and told.rows > 1 and not built.caches.sources)


def _of_several_values(recipes: Recipes, name: str) -> set[str]:
    """Return the recipes that write several values of an argument."""
    found: dict[str, set[str]] = {}
    for each in recipes.arguments_of(name):
        if each.given and not (each.is_put_in or _OF_A_PLATFORM.search(each.value)):
            found.setdefault(each.path, set()).add(each.value)
    return {path for path, values in found.items() if len(values) > 1}


def _is_passed_anew(build: Build, name: str) -> bool:
    """Tell whether a build is seen to pass something else than a default that is no placeholder:
    where a file of Bake or Compose says which value that is by itself, it is one.
    """
    own = build.recipes.builds_of(build.path) if build.recipes else ()
    told = [value for each in own for key, value in each.args if key == name]
    return all(map(is_placeholder, told)) if told else build.passes_anew(name)


def changed_by_pushes(build: Build) -> frozenset[str]:
    """Return the arguments of which each push is sure to pass another value: none that is in the
    name of a base, which is another image then.
    """
    names = {
        pair.name
        for arg in build.dockerfile.instructions
        if isinstance(arg, Arg)
        for pair in arg.pairs
        if changes_of(build, arg, pair) is Changes.EVERY_BUILD
    }
    if not names:
        return frozenset()
    in_bases = {
        name
        for stage in build.stages
        for text in stage.from_.texts
        for name in VARIABLE.findall(text)
    }
    return frozenset(each for each in names - in_bases if is_other_with_each_push(build, each))


def is_new_with_each_push(build: Build, stage: Stage) -> bool:
    """Tell whether what a stage makes depends on an argument that workflows work out anew in each
    run which pushes the image.
    """
    names = (
        pair.name
        for step in build.chain(stage)
        if isinstance(step.instruction, Arg)
        for pair in step.instruction.pairs
    )
    return any(_is_worked_out(build, name) for name in names)


def _is_worked_out(build: Build, name: str) -> bool:
    recipes = build.recipes
    if recipes is None:
        return False
    told = build.passed_by_pushes(name)
    return bool(told) and all(
        _WORKED_OUT.match(each.value) or _is_entered(recipes, each) for each in told
    )


def _is_entered(recipes: Recipes, passed: Argument) -> bool:
    """Tell whether somebody enters a version for each run of the workflow that passes it."""
    text = recipes.text_of[passed.path]
    is_by_hand = _STARTED_BY_HAND in text and _CALLED not in text
    return is_by_hand and _ENTERED.match(passed.value) is not None


def comes_anew(build: Build, instruction: Instruction) -> bool:
    """Tell whether a COPY takes what another stage makes of another value of an argument in each
    push: all below runs again.
    """
    if not isinstance(instruction, Copy):
        return False
    source = build.origin_of(instruction)
    made = build.fact_of(_made_anew, source) if source else frozenset()
    if not made:
        return False
    taken = [build.expand(instruction, word.text) for word in instruction.sources]
    return any(nested(each, path) for each in made for path in taken if path)


def _made_anew(build: Build, stage: Stage) -> frozenset[str]:
    """Return the paths that RUNs of a stage's chain mention which are given such an argument; a
    fact of the stage.
    """
    found, is_given = set[str](), False
    for step in build.chain(stage) if is_new_with_each_push(build, stage) else ():
        match step.instruction:
            case Arg() as arg:
                is_given = is_given or any(_is_worked_out(build, pair.name) for pair in arg.pairs)
            case Run() as run if is_given:
                found |= build.effects(run, step.state).mentions
    return frozenset(each for each in found if each.startswith("/") and each != "/")


def _is_constant(build: Build, name: str) -> bool:
    """Tell whether files pass constants as an argument, and none that stands for a real value."""
    return build.passes_constants(name) and not any(map(is_placeholder, build.passed[name]))


def _is_answer(build: Build, name: str) -> bool:
    """Tell whether all that is passed as an argument is yes or no: some turn on what it is for."""
    told = build.passed.get(name, ())
    return all(map(_ANSWER.fullmatch, told)) and not all(map(is_placeholder, told))


def _is_switch(build: Build, arg: Arg, name: str) -> bool:
    """Tell whether a RUN compares an argument with yes or no: it turns a step on, and busts no
    cache.
    """
    stage = build.stage_of(arg)
    return stage is not None and name.casefold() in build.fact_of(_switches, stage)


def _switches(_: Build, stage: Stage) -> frozenset[str]:
    """Return the variables that RUNs of a stage compare with yes or no, in small letters; a fact of
    the stage.
    """
    texts = (each.value.text for each in stage.instructions if isinstance(each, Run))
    return frozenset(name.casefold() for text in texts for name in _SWITCH.findall(text))


def _global_default(build: Build, arg: Arg, name: str) -> str | None:
    """Return the value that an argument has before the first FROM; None where there is none."""
    stage = build.stage_of(arg)
    return stage.globals.values.get(name) if stage else None
