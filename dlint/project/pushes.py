"""What a repository's recipes push: which targets of a Dockerfile, and which Dockerfiles they leave
out. Whose image is pushed at all, `dlint.project.pushers` tells.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import TYPE_CHECKING

from dlint.project import bake, compose
from dlint.project.builds import OF_THIS_MACHINE, as_found
from dlint.project.deploying import PLAIN, is_deployed
from dlint.project.fitting import VARIABLE
from dlint.project.image import untagged
from dlint.project.mentions import Mention, Texts
from dlint.project.purpose import is_aside, is_no_product
from dlint.project.recipes import CI_FOLDERS, is_of_ci
from dlint.project.services import names_of, taken_beside_builds, taken_for
from dlint.project.starting import is_started_by
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import (
        Iterator,
        Mapping,
        Sequence,
        Set as AbstractSet,
    )

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes

_OF_DOCKERFILES = frozenset(
    ".docker build container containers deploy deployment docker dockerfiles".split()
)
_PLAIN_AND_MORE = regex(r"(?P<plain>[Dd]ockerfile|Containerfile)[._-](?P<more>[\w.-]+)")
# What takes whatever Dockerfiles there are, by patterns of shells, CI services and `find`.
_FINDS_THEM = regex(
    r"(?<!\$)\*[./]?Dockerfile|Dockerfile[.\w-]{0,80}\*|-name[ =]['\"]?\*?\.?Dockerfile"
)
_PAIR = regex(r"(?m)^[ \t]*+(?:-[ \t]++)?(\w+):[ \t]++([\w.-]++)[ \t]*+$")  # `name: web` of YAML
# What a document says of images that somebody can pull.
_PUBLISHED = regex(
    r"\b(?:docker|podman)[ \t]+(?:image[ \t]+)?push\b"
    r"|\b(?:ghcr\.io|quay\.io|docker\.io|registry\.gitlab\.com|hub\.docker\.com/r)/[\w$<{]"
    r"|\b(?:docker|podman)[ \t]+(?:pull|run)\b[^\n]{0,300}[ \t](?P<image>[\w.-]+/[\w.-]+)"
)
_OF_PRODUCTION = regex(r"(?i)[._-]prod(?:uction)?(?:[._-]|\Z)|(?:\A|/)prod(?:uction)?\.")
_TO_REGISTRY = regex(
    r"\b(?:docker|podman|buildah|registry|ecr|acr)[ /-]login\b|\blogin-action\b"
    r"|\bauth[ \t]+configure-docker\b"
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
_LIST = regex(r"(?m)^[ \t]*+\w++[ \t]*+[:?+]?=[ \t]*+[\"']?([\w./ \t-]++)[\"']?[ \t]*+(?:#.*)?$")
_FEW = 2  # names that make a list


def is_left_out(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI builds and pushes other Dockerfiles of the repository, but speaks neither of
    this one nor of its folder, and no document tells to build it; at the root, only if nobody else
    builds it to push it either.
    """
    own = recipes.builds_of(dockerfile)
    if any(_is_pushed(recipes, each) for each in own) or not ci_pushes(recipes):
        return False
    if any(map(_is_for_production, own)) or _is_pushed_unseen(recipes, dockerfile):
        return False
    if any(is_baked(recipes, each) for each in own):
        return False
    if takes_any(recipes):
        return False
    if "/" not in dockerfile and not _is_spare(recipes, dockerfile, own):
        return False
    texts: Texts = recipes.keep(is_left_out, lambda: Texts(_deciding(recipes)))
    is_told = texts.speak_of(_mention_of(recipes, dockerfile))
    return not (is_told or _is_documented(recipes, dockerfile))


def takes_any(recipes: Recipes) -> bool:
    """Tell whether a recipe takes whatever Dockerfiles there are."""
    found: bool = recipes.keep(
        _FINDS_THEM,
        lambda: any(_FINDS_THEM.search(recipes.without_prose(path)) for path in recipes.text_of),
    )
    return found


def stays_with_builders(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a Dockerfile below the root is only tried by CI, or built by Compose for
    services without an `image` that a registry takes, in a repository with CI where nothing pushes
    an image or lets CI into a registry, and no document speaks of one.
    """
    own = recipes.builds_of(dockerfile)
    if not own or recipes.pushing or not all(each.delivery.is_for_builder for each in own):
        return False
    if not recipes.has_workflows or _may_push_unseen(recipes):
        return False
    if _may_be_built(recipes, dockerfile):
        return False
    folder = posixpath.dirname(dockerfile)
    if any(folder in text and _BY_OTHERS.search(text) for text in _deciding(recipes)):
        return False
    return not (
        _are_published(recipes)
        or _is_documented(recipes, dockerfile)
        or bool(_taken_elsewhere(recipes, own))
    )


def _may_push_unseen(recipes: Recipes) -> bool:
    """Tell whether CI lets itself into a registry, and nothing that is seen pushes: a script of
    another repository may.
    """
    return not recipes.pushing and any(map(is_of_ci, _let_into_registry(recipes)))


def _are_published(recipes: Recipes) -> bool:
    """Tell whether a document speaks of images that somebody can pull, other than those which
    Compose files take beside what they build: these are of others.
    """

    def find() -> bool:
        others = frozenset(taken_beside_builds(recipes))
        told = (each for _, text in recipes.documents for each in _PUBLISHED.finditer(text))
        return any(each["image"] not in others for each in told)

    found: bool = recipes.keep(_PUBLISHED, find)
    return found


def _is_documented(recipes: Recipes, dockerfile: str) -> bool:
    return any(each.dockerfile == dockerfile for each in recipes.documented)


def _taken_elsewhere(recipes: Recipes, own: Sequence[Built]) -> frozenset[str]:
    """Return the images, without their tags, that Compose files take for services which others
    build here: they are there already, somebody pushes them.
    """
    taken = frozenset(each for each in taken_for(recipes, names_of(own)) if "/" in each)
    bases = "\n".join(recipes.dockerfiles.values()) if taken else ""
    return frozenset(each for each in taken if each not in bases)


def _is_pushed_unseen(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether somebody pushes a Dockerfile's image, though no recipe is seen to: CI pushes all
    of its folder, or the repository takes it from a registry, as far as names tell.
    """
    return (
        _is_among_pushed(recipes, dockerfile)
        or _is_taken_by_name(recipes, recipes.builds_of(dockerfile))
        or _is_named_after_product(recipes, dockerfile)
    )


def _is_taken_by_name(recipes: Recipes, own: Sequence[Built]) -> bool:
    """Tell whether such an image has the name of one that is built here, or of its service."""
    names = names_of(own) | {
        posixpath.basename(untagged(name)) for each in own for name in each.names
    }
    return any(posixpath.basename(each) in names for each in _taken_elsewhere(recipes, own))


def _is_named_after_product(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a Dockerfile takes an image that has the name of one which CI pushes, and behind
    that the end of this one's name: `Dockerfile_base` is what makes `shop/web-base`.
    """
    named = _PLAIN_AND_MORE.fullmatch(posixpath.basename(dockerfile))
    if named is None:
        return False
    products = {untagged(name) for each in _pushed_by_ci(recipes) for name in each.names}
    known = sorted(each for each in products if "/" in each and "$" not in each)
    names = "|".join(map(re.escape, known))
    image = regex(rf"(?<![\w./-])(?:{names})[._-]{re.escape(named['more'])}(?![\w.-])")
    return bool(names) and any(map(image.search, recipes.dockerfiles.values()))


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
    return bool(_pushed_by_ci(recipes)) or any(
        path in recipes.pushing and _is_started(recipes, path) and not VARIABLE.search(claim.file)
        for path, claim in recipes.hidden
    )


def _pushed_by_ci(recipes: Recipes) -> Sequence[Built]:
    found: Sequence[Built] = recipes.keep(
        _pushed_by_ci,
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
    return any(each.dockerfile == dockerfile for each in _pushed_by_ci(recipes))


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


def _deciding(recipes: Recipes) -> Sequence[str]:
    """Return the texts of the recipes of CI, of those that push, and of what Bake may be told to
    push, without what they tell their readers.
    """
    found: Sequence[str] = recipes.keep(
        _deciding,
        lambda: [
            recipes.without_prose(path)
            for path in recipes.text_of
            if is_of_ci(path) or path in recipes.pushing or bake.NAMED.search(path)
        ],
    )
    return found


def _starts(recipes: Recipes, starter: re.Pattern[str]) -> bool:
    """Tell whether a recipe of CI, or one that pushes, starts what builds and pushes."""
    found: bool = recipes.keep(starter, lambda: any(map(starter.search, _deciding(recipes))))
    return found


def _is_spare(recipes: Recipes, dockerfile: str, own: Sequence[Built]) -> bool:
    """Tell whether CI pushes the repository's product from another Dockerfile than one at the root,
    and nothing says that somebody builds this one for others.
    """
    if not any(
        each.context == "." and _is_product(recipes, each) for each in _pushed_by_ci(recipes)
    ):
        return False
    stays = all(each.delivery.is_for_builder for each in own)
    return stays and not _may_be_built(recipes, dockerfile)


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


def _is_for_production(built: Built) -> bool:
    """Tell whether a build that the Dockerfile or its recipe calls one for production gives the
    image a name that a registry takes.
    """
    return not built.delivery.is_for_builder and any(
        map(_OF_PRODUCTION.search, (built.dockerfile, built.path))
    )


def _is_among_pushed(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI pushes the Dockerfiles of a folder that it names, of which a variable hides
    the rest of the path, and no list tells that this one is none of them, or those of a list that
    has this one. Whoever builds it for themselves as well says nothing of that.
    """
    return _is_in_pushed_folder(recipes, dockerfile) or any(
        path in recipes.pushing and dockerfile in _filled(recipes, path, claim.file)
        for path, claim in recipes.hidden_of(dockerfile)
    )


def _is_in_pushed_folder(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI names a folder and pushes its Dockerfiles, this one among them as far as is
    known.
    """
    hidden = recipes.hidden_of(dockerfile)
    if hidden and len(_listed_beside(recipes, dockerfile)) >= _FEW:
        return False
    return any(
        path in recipes.pushing
        and not claim.delivery.stays
        and VARIABLE.search(claim.file)
        and "/" in VARIABLE.split(claim.file)[0]
        and _is_started(recipes, path)
        for path, claim in hidden
    )


def _may_be_built(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether somebody may build a Dockerfile whom no recipe names: a variable hides it, or a
    service takes it, or at the root a program of others.
    """
    if recipes.hidden_of(dockerfile):
        return True
    texts: Texts = recipes.keep(
        _may_be_built,
        lambda: Texts(text for path, text in recipes.texts if not compose.NAMED.search(path)),
    )
    if texts.speak_of(_mention_of(recipes, dockerfile)):
        return True
    if is_deployed(recipes, dockerfile):
        return True
    return dockerfile in PLAIN and are_built_by_others(recipes)


def are_built_by_others(recipes: Recipes) -> bool:
    """Tell whether CI starts a workflow, an action or a program of others that builds images."""
    found: bool = recipes.keep(
        _BY_OTHERS,
        lambda: any(_BY_OTHERS.search(text) for path, text in recipes.texts if is_of_ci(path)),
    )
    return found


def _mention_of(recipes: Recipes, dockerfile: str) -> Mention:
    """Return what speaks of a Dockerfile: its name, or its folder where that has no other one."""
    folder, _, name = dockerfile.rpartition("/")
    last = posixpath.basename(folder)
    if not folder:
        return Mention(regex(rf"(?<![\w./-])(?:\./)?{re.escape(name)}(?![\w.-])"), (name,))
    words, globbed = {name} - PLAIN, last
    if _is_known_otherwise(recipes, dockerfile):
        words, globbed = words or {dockerfile}, dockerfile
    elif not words or _stands_alone(recipes, dockerfile):
        is_one_of_many = _is_called_alike(recipes, folder) or (
            len(_listed_beside(recipes, dockerfile)) >= _FEW
        )
        words.add("/".join(folder.split("/")[-2:]) if is_one_of_many else last)
    elif last not in _OF_DOCKERFILES:
        globbed = dockerfile  # all files of such a folder are taken for much else
    named = [
        _bare(recipes, dockerfile) if each == name else re.escape(each) for each in sorted(words)
    ]
    pattern = regex(
        # behind `**/` it is what is called so wherever it stands
        rf"(?<![\w.-])(?<!\*\*/)(?:{'|'.join(named)})(?![\w.-])"
        # paths of which a variable, or a list of files, fills the rest
        rf"|(?<![\w-])(?<!\*\*/)(?:{re.escape(last)}/[^\s/$*{{]{{0,80}}[${{]"
        rf"|{re.escape(globbed)}/[^\s/$*{{]{{0,80}}\*)"
    )
    return Mention(pattern, (*sorted(words), last, globbed))


def _bare(recipes: Recipes, dockerfile: str) -> str:
    """Return the pattern of a Dockerfile's name alone. Where another folder has a file of that name
    as well, it means this one only behind no other path, or one that a variable may hide.
    """
    counts: Counter[str] = recipes.keep(_bare, lambda: _names(recipes))
    folder, name = posixpath.split(dockerfile)
    if counts[name] < _FEW:
        return re.escape(name)
    last = re.escape(posixpath.basename(folder))
    return rf"(?:\$\w{{1,80}}/|{last}/|(?<!/)|(?<=[\s.\])}}*\"'@=:]/)){re.escape(name)}"


def _names(recipes: Recipes) -> Counter[str]:
    """Return how many Dockerfiles have a name, those among them that only recipes know."""
    built = (each.dockerfile for each in recipes.builds)
    return Counter(map(posixpath.basename, {*recipes.dockerfiles, *built}))


def _is_called_alike(recipes: Recipes, folder: str) -> bool:
    """Tell whether another folder with a Dockerfile has the same name."""
    named: Mapping[str, set[str]] = recipes.keep(
        _folders_by_name, lambda: _folders_by_name(recipes)
    )
    return not named.get(posixpath.basename(folder), set()) <= {folder}


def _folders_by_name(recipes: Recipes) -> Mapping[str, set[str]]:
    """Return the folders with Dockerfiles, by their last names."""
    found: dict[str, set[str]] = {}
    for folder in set(map(posixpath.dirname, recipes.dockerfiles)):
        found.setdefault(posixpath.basename(folder), set()).add(folder)
    return found


def _is_known_otherwise(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a word for the folder of a Dockerfile tells nothing: it is the one that a CI
    service reads its own files in, recipes build it where nobody pushes it, or push another one of
    that folder.
    """
    own, folder = recipes.builds_of(dockerfile), posixpath.dirname(dockerfile)
    is_kept = bool(own) and all(each.delivery.is_for_builder for each in own)
    return (
        folder in CI_FOLDERS
        or is_kept
        or any(posixpath.dirname(each.dockerfile) == folder for each in _pushed_by_ci(recipes))
    )


def _stands_alone(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a word for the folder of a Dockerfile may mean it: no plain `Dockerfile` is
    beside it, nor is the folder one that any text on images speaks of.
    """
    folder = posixpath.dirname(dockerfile)
    if posixpath.basename(folder) in _OF_DOCKERFILES:
        return False
    return not any((recipes.root / folder / each).is_file() for each in PLAIN)


def _listed_beside(recipes: Recipes, dockerfile: str) -> frozenset[str]:
    """Return the Dockerfiles of the folders beside a Dockerfile's own that a list with known values
    names, a matrix of CI or a Makefile's; none where it is among them.
    """
    found = {each.dockerfile for each in recipes.builds if each.path in recipes.pushing}
    for path, claim in recipes.hidden_of(dockerfile):
        if path in recipes.pushing:
            found |= _filled(recipes, path, claim.file)
    around = posixpath.dirname(posixpath.dirname(dockerfile))
    beside = {
        each
        for each in found
        if posixpath.dirname(posixpath.dirname(each)) == around
        and posixpath.basename(each) == posixpath.basename(dockerfile)
    }
    return frozenset(() if dockerfile in beside or not around else beside)


def _filled(recipes: Recipes, path: str, written: str) -> frozenset[str]:
    """Return the Dockerfiles that a path with a variable in it is, filled with the words of each of
    a recipe's lists that has nothing else, or of a file's that it names.
    """
    found: frozenset[str] = recipes.keep(
        (_filled, path, written), lambda: frozenset(_find_filled(recipes, path, written))
    )
    return found


def _find_filled(recipes: Recipes, path: str, written: str) -> Iterator[str]:
    for words in (*_lists(recipes.text_of[path]), *_lists_of_named(recipes, path)):
        files = {as_found(recipes.root, VARIABLE.sub(word, written)) for word in words}
        if all((recipes.root / each).is_file() for each in files):
            yield from files


def _lists_of_named(recipes: Recipes, path: str) -> Iterator[list[str]]:
    """Yield what each key of YAML files that a recipe names is told, where one has several tables:
    a matrix may be made of them.
    """
    own = recipes.text_of[path]
    for other, text in recipes.texts:
        if other != path and other.endswith((".yml", ".yaml")) and other in own:
            told: dict[str, list[str]] = {}
            for key, word in _PAIR.findall(text):
                told.setdefault(key, []).append(word)
            yield from (words for words in told.values() if len(words) >= _FEW)


def _lists(text: str) -> Iterator[list[str]]:
    for match in _LIST.finditer(text):
        words = match[1].split()
        if len(words) >= _FEW and not any(map(VARIABLE.search, words)):
            yield words
