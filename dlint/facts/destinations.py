"""Where the repository's images are pushed, as its own recipes say.

Read are `docker push` and `docker build --push` in scripts, Makefiles and CI files, what the
actions of GitHub that build and push are told, the tags of Bake, and the services of Compose that
are built. One host that is not known makes all of it unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.facts.addresses import without_user
from dlint.images.reference import DOCKER_HUB, parse_reference
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.project.recipes import Recipes

# Whose repository an address is of: `https://github.com/shop/web`, `git@github.com:shop/web.git`.
_OWNER = regex(r"\A(?:\w+://)?[^/:]+[/:]([\w.-]+)/([\w.-]+)/?\Z")
_URL = regex(r"(?m)^[ \t]*+url[ \t]*+=[ \t]*+(\S+:\S+)")
_EXPRESSION = regex(r"\$\{\{\s*([\w.-]+)\s*\}\}")  # of GitHub: `${{ env.REGISTRY }}`
_NAME = r"""["']?([\w.${}()/:@-]+)"""
_PUSH = regex(rf"\b(?:docker|podman|nerdctl)\s+(?:image\s+)?push\s+(?:-\S+\s+)*{_NAME}")
_COMMAND = regex(r"[^\n;|&]+")
_BUILD = regex(r"\b(?:build|buildx|bake)\s")
_PUSHES = regex(r"--push\b|type=registry")
_TAG = regex(rf"(?:\s-t|--tag)[=\s]+{_NAME}")
_ACTION = regex(r"docker/(?:build-push-action|metadata-action)@")
_LIST = regex(
    r"^([ \t]*)(?:tags|images):[ \t]*(?:(?:[|>]-?[ \t]*)?$((?:\n\1[ \t]+\S.*)+)|(\S.*)$)",
    re.MULTILINE,
)
_SEPARATOR = regex(r"[\s,\"'\[\]]+")
_COMMENT = regex(r"(?:^|\s)#.*")
_BAKE = regex(r"""["']?\btags["']?\s*[=:]\s*\[([^\[\]]*)\]""")
_QUOTED = regex(r"""["']([^"'\s]+)["']""")
_SERVICE = regex(
    r"^([ \t]+)(?:image|build):.*(?:\n(?:\1[ \t-].*|\1[\w-]+:.*|[ \t]*(?:#.*)?)$)*+", re.MULTILINE
)
_BUILT = regex(r"^[ \t]+build:", re.MULTILINE)
_IMAGE = regex(rf"^[ \t]+image:\s*{_NAME}", re.MULTILINE)
_VARIABLE = regex(r"\$[{(]?(?:env\.|vars\.)?([\w.-]+)(?::?-([^}]*))?[})]?")
_DEEPEST = 5  # variables in one another: one may hold itself
_HOST = regex(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?", re.IGNORECASE)
_OUTPUT = regex(
    r"\$\{steps\.[\w.-]+\}"
)  # a whole list that docker/metadata-action made of `images:`


class Destinations(NamedTuple):
    """The registries that images are pushed to; `whole` tells that there is none besides whose name
    is not known.
    """

    registries: frozenset[str]
    whole: bool


def destinations(build: Build) -> Destinations:
    """Return where the images of the repository go. Registries on the machine itself are for tests,
    and not counted.
    """
    recipes = build.recipes
    if recipes is None:
        return Destinations(frozenset(), whole=False)
    found = {
        _registry(name, recipes) for path, text in recipes.texts for name in _names(path, text)
    }
    local = {
        each for each in found if each and each.partition(":")[0] in {"localhost", "127.0.0.1"}
    }
    return Destinations(frozenset(each for each in found - local if each), whole=None not in found)


def is_of_same_account(build: Build, reference: Reference) -> bool:
    """Tell whether an image is of the account that the repository's images are pushed to, or of one
    that is called as the owner of the repository: whoever moves its tag is who builds on it.
    """
    if build.recipes is None or reference.account in {"", "library"}:
        return False
    if (reference.registry, reference.account) in build.fact(_accounts):
        return True
    return reference.account.partition("/")[0] == build.fact(_origin)[0]


def is_called_as_repository(build: Build, reference: Reference) -> bool:
    """Tell whether an image has the name of the repository and of its owner: what it publishes."""
    return tuple(reference.repository.split("/")) == build.fact(_origin)


def is_of_same_owner(build: Build, url: str) -> bool:
    """Tell whether a repository at an address belongs to an account of that name which the
    repository's own images are pushed to: whoever writes there is who builds.
    """
    if build.recipes is None:
        return False
    owner = _OWNER.search(url)
    return owner is not None and owner[1].lower() in {
        account for _, account in build.fact(_accounts)
    }


def _origin(build: Build) -> tuple[str, str]:
    """Return the owner and the name of the repository that this is a clone of, as images are
    called; empty where git does not tell.
    """
    settings = build.recipes.read(".git/config") if build.recipes else ""
    origin = settings.partition('[remote "origin"]')[2].partition("\n[")[0]
    url = _URL.search(origin)
    told = _OWNER.search(without_user(url[1])) if url else None
    return (told[1].lower(), told[2].lower().removesuffix(".git")) if told else ("", "")


def _accounts(build: Build) -> frozenset[tuple[str, str]]:
    """Return the registries and accounts that images are pushed to, as far as they are known."""
    recipes = build.recipes
    if recipes is None:
        return frozenset()
    named = (name for path, text in recipes.texts for name in _names(path, text))
    return frozenset(filter(None, (_account(_resolved(name, recipes)) for name in named)))


def _account(name: str) -> tuple[str, str] | None:
    """Return the registry and account of a name, of which a variable may hide the end."""
    known, hidden, _ = name.partition("$")
    account, slash, _ = known.rpartition("/")
    if not slash or "$" in account:
        return None
    try:
        reference = parse_reference(f"{account}/x" if hidden else known)
    except ValueError:
        return None
    return reference.registry, reference.account


def _names(path: str, text: str) -> Iterator[str]:
    """Yield the names that a recipe pushes to, as they are written; `${{ env.X }}` as
    `${env.X}`.
    """
    text = _EXPRESSION.sub(r"${\1}", text.replace("\\\n", " "))
    file = path.rpartition("/")[2].lower()
    yield from _in_commands(text)
    if "bake" in file:
        yield from _in_bake(text)
    elif "compose" in file:
        yield from _in_compose(text)
    elif _ACTION.search(text):
        yield from _in_actions(text)


def _in_commands(text: str) -> Iterator[str]:
    """Yield what `docker push` names, and the tags of builds with `--push`."""
    yield from (match[1] for match in _PUSH.finditer(text))
    for command in _COMMAND.finditer(text):
        if _BUILD.search(command[0]) and _PUSHES.search(command[0]):
            yield from (match[1] for match in _TAG.finditer(command[0]))


def _in_bake(text: str) -> Iterator[str]:
    """Yield the tags of Bake's targets."""
    for listed in _BAKE.finditer(text):
        yield from (match[1] for match in _QUOTED.finditer(listed[1]))


def _in_compose(text: str) -> Iterator[str]:
    """Yield the images of Compose's services that are built."""
    for service in _SERVICE.finditer(text):
        if _BUILT.search(service[0]):
            yield from (match[1] for match in _IMAGE.finditer(service[0]))


def _in_actions(text: str) -> Iterator[str]:
    """Yield the tags and images that GitHub's actions get."""
    for listed in _LIST.finditer(text):
        words = _SEPARATOR.split(_COMMENT.sub("", listed[2] or listed[3]))
        # the rules of how to make a tag have a `=`
        yield from (word for word in words if word and "=" not in word)


def _registry(name: str, recipes: Recipes) -> str | None:
    """Return the host that a name begins with: "" for what cannot be pushed, None where a variable
    hides it.
    """
    if _OUTPUT.fullmatch(name):
        return ""
    host, slash, _ = _resolved(name, recipes).partition("/")
    if "$" in host or not host:
        return None
    if not slash or not _HOST.fullmatch(host):
        return ""
    is_host = "." in host or ":" in host or host == "localhost"
    return host.lower() if is_host else DOCKER_HUB


def _resolved(name: str, recipes: Recipes) -> str:
    """Put the value of the variable that a name begins with in its place, where only one is
    passed, and so on with what that begins with.
    """
    for _ in range(_DEEPEST):
        variable = _VARIABLE.match(name)
        if variable is None:
            return name
        passed = {each.value for each in recipes.arguments_of(variable[1])}
        values = passed or {variable[2] or ""}
        if len(values) > 1:
            break
        name = "".join(values) + name[variable.end() :]
    return "$"
