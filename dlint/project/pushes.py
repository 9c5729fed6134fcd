"""What a repository's recipes push, and which targets of a Dockerfile. Whose image is pushed at
all, `dlint.project.pushers` tells.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.project import bake, compose
from dlint.project.builds import OF_THIS_MACHINE
from dlint.project.fitting import VARIABLE
from dlint.project.purpose import is_aside, is_no_product
from dlint.project.recipes import is_of_ci
from dlint.project.starting import is_started_by
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import (
        Sequence,
        Set as AbstractSet,
    )

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes

# What takes whatever Dockerfiles there are, by patterns of shells, CI services and `find`.
_FINDS_THEM = regex(
    r"(?<!\$)\*[./]?Dockerfile|Dockerfile[.\w-]{0,80}\*|-name[ =]['\"]?\*?\.?Dockerfile"
)
_TO_REGISTRY = regex(
    r"\b(?:docker|podman|buildah|registry|ecr|acr)[ /-]login\b|\blogin-action\b"
    r"|\bauth[ \t]+configure-docker\b"
    r"|(?<![\w-])containerRegistry:[ \t]*+\S"  # of Azure's tasks
    r"|\bDOCKER(?:_?HUB)?_(?:USER(?:NAME)?|PASS(?:WORD)?|TOKEN)\b"
)
# What hands on an image of this machine, or gives it another name. What `podman manifest push` does
# is a list, made of others.
_HANDS_ON = regex(
    r"(?<![\w-])(?:(?<!manifest )push|tag|save|copy|manifest (?:add|create)[ \t\\\n]++[^\s;&|]++)"
    r"(?=[ \t\\])(?:[^\n;&|\\]|\\\n?){1,300}?(?<![\w./-])localhost/"
)
# Files of which another recipe builds and pushes the images, and how it does.
RUN_BY = ((bake.NAMED, regex(r"\bbake\b")), (compose.NAMED, compose.PUSHES))
# What may build the Dockerfile at the root without naming it: workflows and actions of others, and
# programs that deploy.
_NOT_BUILDING = "login|setup|metadata|scan|lint|prune|clean|delete|description|pages"
_BY_OTHERS = regex(
    r"(?im)\buses:[ \t]*['\"]?[\w.-]+/[\w.-]+/\.github/workflows/[\w.-]*"
    r"(?:docker|container|image|build|publish|push|release|deploy)"
    rf"|\buses:[ \t]*['\"]?(?!docker/)[\w.-]+/(?![\w./-]*(?:{_NOT_BUILDING}))"
    r"[\w./-]*(?:docker|container|kaniko|deploy)"
    r"|^[ \t-]*(?:project|remote|template|component):[ \t]"
    r"|^[ \t]*-[ \t]+(?:aws-|gcp-)?(?:docker|ecr|gcr|artifact-registry)/(?:build|publish|push)"
    r"|\b(?:fly(?:ctl)?|eb|cdk|copilot|gcloud|az|heroku|railway|sam)[ \t][^\n]{0,200}"
    r"\b(?:build|deploy|push|submit|up)\b"
    r"|\b(?:dagger|earthly|goreleaser|kamal|okteto|pack build|skaffold|werf)\b"
    r"|\b(?:dockerfile|docker)-maven-plugin\b"
)
_CALLED_CI = regex(r"(?i)(?<![a-z0-9])ci(?![a-z0-9])")
_ENTRY = regex(r"(?im)^[ \t]*+entrypoint[ \t]")


def takes_any(recipes: Recipes) -> bool:
    """Tell whether a recipe takes whatever Dockerfiles there are."""
    found: bool = recipes.keep(
        _FINDS_THEM,
        lambda: any(_FINDS_THEM.search(recipes.without_prose(path)) for path in recipes.text_of),
    )
    return found


def pushed_targets(recipes: Recipes, dockerfile: str) -> frozenset[str]:
    """Return the targets, in lower case, that all that pushes a Dockerfile names; none where some
    of it builds the last stage, or a target that is not known.
    """
    own = [
        each.target.lower()
        for each in recipes.builds_of(dockerfile)
        if (each.delivery.pushes or _is_pushed(recipes, each)) and not each.delivery.stays
    ]
    named = all(each and "$" not in each for each in own)
    return frozenset(own if named else ())


def ci_pushes(recipes: Recipes) -> bool:
    """Tell whether CI builds an image and pushes one, itself or by what it starts; it may make the
    context first.
    """
    return bool(pushed_by_ci(recipes)) or any(
        path in recipes.pushing and _is_started(recipes, path) and not VARIABLE.search(claim.file)
        for path, claim in recipes.hidden
    )


def pushed_by_ci(recipes: Recipes) -> Sequence[Built]:
    """Return the builds that CI pushes, itself or by what it starts."""
    found: Sequence[Built] = recipes.keep(
        pushed_by_ci,
        lambda: [
            each
            for each in recipes.builds
            if _is_pushed(recipes, each) and _is_started(recipes, each.path)
        ],
    )
    return found


def is_sent(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI pushes a Dockerfile's image by a build that says so itself or by scripts of
    its folder, or hands the file to a workflow of another repository that publishes.
    """
    from dlint.project.foreign_calls import published_from

    handed: frozenset[str] = recipes.keep(published_from, lambda: published_from(recipes.texts))
    pushed = (
        each.delivery.is_pushed and is_of_ci(each.path) for each in recipes.builds_of(dockerfile)
    )
    return dockerfile in handed or any(pushed) or _is_pushed_from_folder(recipes, dockerfile)


def ci_pushes_file(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI is known to push the image of a Dockerfile."""
    return any(each.dockerfile == dockerfile for each in pushed_by_ci(recipes))


def _is_pushed(recipes: Recipes, built: Built) -> bool:
    """Tell whether a recipe pushes what it builds, or leaves that to one that pushes."""
    if built.delivery.files or _is_of_this_machine(recipes, built):
        return False
    if built.path in recipes.pushing:
        return True
    kinds = [pushes for named, pushes in RUN_BY if named.search(built.path)]
    if not kinds or built.delivery.nameless:
        return False
    return _starts(recipes, kinds[0])


def is_baked(recipes: Recipes, built: Built) -> bool:
    """Tell whether a recipe that pushes gives the Compose file of a service to Bake, which may be
    told the service by a variable.
    """
    if not compose.NAMED.search(built.path) or built.delivery.nameless:
        return False
    name = posixpath.basename(built.path)
    texts = map(recipes.text_of.__getitem__, recipes.pushing)
    return any("bake" in text and name in text for text in texts)


def _is_of_this_machine(recipes: Recipes, built: Built) -> bool:
    """Tell whether an image has but names that no registry takes, and no recipe hands on one of
    such a name.
    """
    if not built.names or not all(map(OF_THIS_MACHINE.match, built.names)):
        return False
    are_handed_on: bool = recipes.keep(
        _HANDS_ON, lambda: any(_HANDS_ON.search(text) for _, text in recipes.texts)
    )
    return not are_handed_on


def _is_started(recipes: Recipes, path: str) -> bool:
    """Tell whether a recipe is CI's, or is started by a file of CI, where one of both has been let
    into a registry.
    """
    if is_of_ci(path) or path not in recipes.pushing:  # another one pushes, see above
        return True
    let_in = _let_into_registry(recipes)
    return any(
        is_started_by(text, path)
        for each, text in recipes.texts
        if is_of_ci(each) and not let_in.isdisjoint((path, each))
    )


def _let_into_registry(recipes: Recipes) -> AbstractSet[str]:
    """Return the recipes that log in to a registry."""
    found: AbstractSet[str] = recipes.keep(
        _TO_REGISTRY, lambda: {path for path, text in recipes.texts if _TO_REGISTRY.search(text)}
    )
    return found


def may_lack_cache(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI pushes images, and not all that is known to push a Dockerfile's reads a
    cache: people who build it themselves have one, as where CI is known to build others alone. What
    a workflow of another repository has is not seen.
    """
    if recipes.read_cache(dockerfile):
        return False
    own = recipes.builds_of(dockerfile)
    if not any(_is_pushed(recipes, each) for each in own) and _may_be_pushed_elsewhere(recipes):
        return True
    workflows = _pushing_workflows(recipes)
    if not (own or recipes.hidden_of(dockerfile)):
        known: AbstractSet[str] = recipes.keep(
            may_lack_cache, lambda: {each.path for each in recipes.builds}
        )
        workflows = [each for each in workflows if each not in known]
    return bool(workflows)


def _may_be_pushed_elsewhere(recipes: Recipes) -> bool:
    """Tell whether a workflow of another repository may push images."""
    from dlint.project.foreign_calls import may_push_elsewhere

    found: bool = recipes.keep(may_push_elsewhere, lambda: may_push_elsewhere(recipes.texts))
    return found


def _pushing_workflows(recipes: Recipes) -> Sequence[str]:
    """Return the files of CI that push an image, or have been let into a registry, or start what
    lets itself in and pushes.
    """

    def find() -> list[str]:
        let_in = _let_into_registry(recipes)
        known = recipes.pushing | let_in
        started = [path for path in recipes.pushing & let_in if not is_of_ci(path)]
        return [
            path
            for path, text in recipes.texts
            if is_of_ci(path)
            and (path in known or any(is_started_by(text, each) for each in started))
        ]

    found: Sequence[str] = recipes.keep(_pushing_workflows, find)
    return found


def _is_pushed_from_folder(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether scripts beside a Dockerfile build it by its name and push, and a file of CI
    that has been let into a registry starts the one that pushes in their folder.
    """
    folder, _, name = dockerfile.rpartition("/")
    beside = [
        (path, text)
        for path, text in recipes.texts
        if folder and posixpath.dirname(path) == folder and not is_of_ci(path)
    ]
    builds = regex(rf"\bbuild\b[^\n]{{0,300}}(?<![\w./-])(?:\./)?{re.escape(name)}(?![\w.-])")
    if not any(builds.search(text) for _, text in beside):
        return False
    scripts = [posixpath.basename(path) for path, _ in beside if path in recipes.pushing]
    let_in = _let_into_registry(recipes)
    return any(
        folder in text and any(script in text for script in scripts)
        for path, text in recipes.texts
        if is_of_ci(path) and path in let_in
    )


def deciding_texts(recipes: Recipes) -> Sequence[str]:
    """Return the texts of the recipes of CI, of those that push, and of what Bake may be told to
    push, without what they tell their readers.
    """
    found: Sequence[str] = recipes.keep(
        deciding_texts,
        lambda: [
            recipes.without_prose(path)
            for path in recipes.text_of
            if is_of_ci(path) or path in recipes.pushing or bake.NAMED.search(path)
        ],
    )
    return found


def _starts(recipes: Recipes, starter: re.Pattern[str]) -> bool:
    """Tell whether a recipe of CI, or one that pushes, starts what builds and pushes."""
    found: bool = recipes.keep(starter, lambda: any(map(starter.search, deciding_texts(recipes))))
    return found


def ci_pushes_product(recipes: Recipes) -> bool:
    """Tell whether CI pushes the product, by a Dockerfile that is built at the root."""
    return any(each.context == "." and _is_product(recipes, each) for each in pushed_by_ci(recipes))


def _is_product(recipes: Recipes, built: Built) -> bool:
    """Tell whether a build that is pushed is of the repository's product. One that is called after
    CI is taken for what CI works in, unless its recipe builds what starts a program.
    """
    path = built.dockerfile
    if _CALLED_CI.search(path) and _starts_programs(recipes, built.path):
        path = _CALLED_CI.sub("", path)
    return not is_aside(path) and not is_no_product(built.target)


def _starts_programs(recipes: Recipes, path: str) -> bool:
    """Tell whether a recipe builds an image with an entry point of its own."""

    def find() -> bool:
        own = {each.dockerfile for each in recipes.builds if each.path == path}
        return any(_ENTRY.search(recipes.dockerfiles.get(each, "")) for each in own)

    found: bool = recipes.keep((_starts_programs, path), find)
    return found


def are_built_by_others(recipes: Recipes) -> bool:
    """Tell whether CI starts a workflow, an action or a program of others that builds images."""
    found: bool = recipes.keep(
        _BY_OTHERS,
        lambda: any(_BY_OTHERS.search(text) for path, text in recipes.texts if is_of_ci(path)),
    )
    return found
