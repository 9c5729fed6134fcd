"""The names that a repository's own builds give to images."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.images.reference import context_name, is_official
from dlint.project.commands import assigned, filled
from dlint.project.fitting import VARIABLE, fits
from dlint.project.image import TARGET, is_address
from dlint.project.worked_out import Worker
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes

_OPTION = regex(r"""(?:\s-t|--tag)[ =]["']?([^\s"',]+)""")
# What names images for a step in CI, or for the action that makes tags; its lines may follow.
_INPUT = regex(r"\b(?:images|tags):[ \t]*+([^\n]*)")
_WORD = regex(r"""[\w$][^\s"',]*""")
_IN_COMMENT = regex(
    r"(?m)^[ \t]*+#[^\n]*?\b(?:docker|podman|nerdctl|buildah)[ \t]++(?:buildx[ \t]++|image[ \t]++)?"
    r"(?:build|bud)\b([^\n]*)"
)
_CALLED = regex(r"(?i)(?:docker|container)file[._-]?|[._-]?(?:docker|container)file\Z")
_TELLING = 4  # characters of a name that more than one image would hardly end with
_IMAGE = "docker-image://"  # what is given in place of an image is another one
_LONGEST = 300  # characters of a name
_DEEPEST = 4  # images in place of images, one above the other


class Given(NamedTuple):
    """Another build of the repository, in the same context, whose image is given in place of one:
    its Dockerfile, its target ("" for the last stage), its arguments, and what is given to it by
    names.
    """

    dockerfile: str
    target: str
    args: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, Given | None] = {}


def given_to(recipes: Recipes, dockerfile: str) -> Mapping[str, Given | None]:
    """Return what the repository's builds of a Dockerfile give in place of images, by the names
    that the builder compares; None for what the repository holds, but nothing tells where.
    """
    return _given(recipes, recipes.builds_of(dockerfile), _DEEPEST)


def _given(recipes: Recipes, builds: Iterable[Built], depth: int) -> Mapping[str, Given | None]:
    found: dict[str, set[Built | None]] = {}
    for each in builds:
        for name, value in each.contexts:
            if not (value.startswith(_IMAGE) or is_address(value)):
                found.setdefault(context_name(name), set()).update(_meant(recipes, each, value))
    return {name: _only(recipes, meant, depth) for name, meant in found.items()}


def _meant(recipes: Recipes, build: Built, value: str) -> Sequence[Built | None]:
    """Return the builds that a named context of one may be, in the same folder."""
    if not value.startswith(TARGET):
        return (None,)
    own = (each for each in recipes.builds if each.path == build.path and value in each.names)
    return [each if each.context == build.context else None for each in own] or (None,)


def _only(recipes: Recipes, meant: Iterable[Built | None], depth: int) -> Given | None:
    """Return what one Dockerfile and one target make; None for anything else."""
    places = {each and (each.dockerfile, each.target, each.args) for each in meant}
    place = places.pop()
    if places or place is None or not depth:
        return None
    return Given(*place, _given(recipes, filter(None, meant), depth - 1))


def names_of_own_images(recipes: Recipes) -> frozenset[str]:
    """Return the names, without tags, of the images that a repository's recipes build."""
    found: frozenset[str] = recipes.keep(_names, lambda: frozenset(_names(recipes)))
    return found


def is_own_name(recipes: Recipes, name: str) -> bool:
    """Tell whether an image, by its name without a tag, is one that the repository builds: recipes,
    its documentation or the comments of a Dockerfile call one so, or recipes do but for an account
    that a variable stands for, or for the name in an account, which a Dockerfile has.
    """
    if name in names_of_own_images(recipes) or documented_builds(recipes, name):
        return True
    commented: frozenset[str] = recipes.keep(_in_comments, lambda: frozenset(_in_comments(recipes)))
    if name in commented or any(fits(each, name) for each in _with_hidden_accounts(recipes)):
        return True
    return _is_hidden_name(recipes, name)


def _is_hidden_name(recipes: Recipes, name: str) -> bool:
    """Tell whether recipes name an image in the account of `name`, where a variable stands for the
    rest (`-t shop/$(NAME)`), and a Dockerfile of the repository is called as that one.
    """
    account, _, last = name.rpartition("/")
    told = names_of_own_images(recipes) if account else frozenset[str]()
    written = (each.rpartition("/")[2] for each in told if each.rpartition("/")[0] == account)
    may_be = any(fits(each, last) for each in written if VARIABLE.search(each))
    return may_be and any(is_called(path, last) for path in recipes.dockerfiles)


def is_called(path: str, image: str) -> bool:
    """Tell whether a Dockerfile is that of an image by its name, or its folder's: `Dockerfile.base`
    is that of `shop-base`.
    """
    folder, name = posixpath.split(path)
    own = _CALLED.sub("", name) or posixpath.basename(folder)
    return own == image or (len(own) >= _TELLING and image.endswith(f"-{own}"))


def _in_comments(recipes: Recipes) -> Iterator[str]:
    """Yield the names that comments of Dockerfiles tell to build an image by."""
    for text in recipes.dockerfiles.values():
        for command in _IN_COMMENT.findall(text):
            yield from map(_without_tag, _OPTION.findall(command))


def _with_hidden_accounts(recipes: Recipes) -> frozenset[str]:
    """Return the names of images that recipes build, where a variable stands for a part of the name
    before the last one.
    """

    def found() -> Iterator[str]:
        for built in recipes.builds:
            for name in map(_without_tag, _told(built)):
                account, _, last = name.rpartition("/")
                if VARIABLE.search(account) and not VARIABLE.search(last) and not is_official(last):
                    yield name

    names: frozenset[str] = recipes.keep(_with_hidden_accounts, lambda: frozenset(found()))
    return names


def builds_of_base(recipes: Recipes, dockerfile: str, image: str) -> Sequence[Built]:
    """Return the builds of the repository that make the image `image` on which a Dockerfile of it
    stands: what is given in its place (`target:NAME` of a Bake or Compose file, or another image),
    or else what gets its name, and may get its tag where several Dockerfiles make the name.
    """
    wanted = context_name(image)
    own = recipes.builds_of(dockerfile)
    given = {
        (each.path, value)
        for each in own
        for name, value in each.contexts
        if context_name(name) == wanted
    }
    if not given:
        name = _compared(image)
        return () if is_official(name) else _by_tag(_builds_by_name(recipes), image)
    found: list[Built] = []
    for path, value in given:
        if value.startswith(TARGET):
            found += (each for each in recipes.builds if each.path == path and value in each.names)
        elif value.startswith(_IMAGE):
            found += _by_tag(_builds_by_name(recipes), value.removeprefix(_IMAGE))
    return found


def documented_builds(recipes: Recipes, image: str) -> Sequence[Built]:
    """Return the builds of an image that the repository's documentation tells its readers to start,
    as `builds_of_base` takes them; none of an official one.
    """
    if is_official(_compared(image)):
        return ()
    found: Mapping[str, Sequence[Built]] = recipes.keep(
        documented_builds, lambda: _by_name(recipes.documented)
    )
    return _by_tag(found, image)


def hidden_builds(recipes: Recipes, image: str) -> Sequence[str]:
    """Return the Dockerfiles that may make an image, by its name without a tag, where recipes tell
    the account that it is in, and a variable stands for the rest (`-t shop/$1 -f images/$1.df`).
    """
    account = image.rpartition("/")[0]
    files = {
        claim.file
        for _, claim in recipes.hidden
        for name in map(_without_tag, claim.names.splitlines())
        if name.rpartition("/")[0] == account and fits(name, image)
    }
    is_alone = "/" not in account and ("." in account or ":" in account)  # a registry
    if not account or is_alone:
        return ()
    return [path for path in recipes.dockerfiles if any(fits(each, path) for each in files)]


def names_of_bases(recipes: Recipes) -> frozenset[str]:
    """Return the last parts of the names that images may have which the repository builds, or for
    which it gives a context.
    """
    found: frozenset[str] = recipes.keep(names_of_bases, lambda: frozenset(_of_bases(recipes)))
    return found


def _of_bases(recipes: Recipes) -> Iterator[str]:
    for built in recipes.builds:
        for name in (*_told(built), *(name for name, _ in built.contexts)):
            last = _without_tag(name).rpartition("/")[2]
            if last and "$" not in last:
                yield last


def _builds_by_name(recipes: Recipes) -> Mapping[str, Sequence[Built]]:
    found: Mapping[str, Sequence[Built]] = recipes.keep(
        _builds_by_name, lambda: _by_name(recipes.builds)
    )
    return found


def _by_name(builds: Iterable[Built]) -> dict[str, list[Built]]:
    """Return builds by the names, without tags, that their images get."""
    found: dict[str, list[Built]] = {}
    for built in builds:
        for name in set(map(_compared, _told(built))):
            found.setdefault(name, []).append(built)
    return found


def _by_tag(named: Mapping[str, Sequence[Built]], image: str) -> Sequence[Built]:
    """Return the builds that make an image by its name: of one Dockerfile whatever the tag, which
    tells its versions then, and of several those whose tag may be the same.
    """
    name, wanted = _compared(image), _tag(image)
    builds = named.get(name, ())
    is_one = len({each.dockerfile for each in builds}) <= 1
    if is_one or not wanted or VARIABLE.search(wanted):
        return builds

    def may_be(tag: str) -> bool:
        return not tag or fits(tag, wanted)

    return [
        built
        for built in builds
        if any(_compared(each) == name and may_be(_tag(each)) for each in _told(built))
    ]


def _told(built: Built) -> Iterator[str]:
    return (each for each in built.names if not each.startswith(TARGET))


def _names(recipes: Recipes) -> Iterator[str]:
    for built in recipes.builds:
        yield from map(_without_tag, _told(built))
    for path, text in recipes.texts:
        written = {*_OPTION.findall(text), *_given_to_steps(path, text)}
        values = assigned(text) if any("$" in each for each in written) else {}
        for each in written:
            if len(each) <= _LONGEST:
                for name in filled(each, values):
                    yield _without_tag(name)


def _given_to_steps(path: str, text: str) -> Iterator[str]:
    """Yield the words of the tags that steps of CI are given, and of what makes them where they are
    an output of another step.
    """
    worker = Worker(path, text)
    for line in _inputs(text):
        yield from _WORD.findall(line)
        yield from _WORD.findall(worker.source(line)) if ".outputs." in line else ()


def _inputs(text: str) -> Iterator[str]:
    """Yield the lines of the tags that steps of CI are given."""
    is_listed = False
    for line in text.splitlines() if _INPUT.search(text) else ():
        found = _INPUT.search(line)
        if found is not None:
            yield found[1]
        elif is_listed and "/" in line:
            yield line
        else:
            is_listed = False
            continue
        is_listed = True


def _compared(name: str) -> str:
    """Return what tells an image's name from another's, whatever the tag."""
    return _without_tag(context_name(name))


def _tag(name: str) -> str:
    """Return the tag of an image; "" without one, and of `latest`, which any version may be."""
    return context_name(name).rpartition("/")[2].partition("@")[0].partition(":")[2]


def _without_tag(name: str) -> str:
    """Return a name without its tag; a registry's port is none."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0].partition('@')[0]}"
