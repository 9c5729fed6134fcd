"""The images that Bake files build (https://docs.docker.com/build/bake/reference/): HCL and JSON.

What is read is what `docker buildx bake` would build with an empty environment. An attribute that
depends on more than the file says is unknown, and noted.
"""

from __future__ import annotations

import posixpath
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.manifests.loading import FormatError, load_json, text_of as decoded
from dlint.project.cache_entry import CacheEntry, readable
from dlint.project.hcl import Block, Scope, Written, parse_hcl
from dlint.project.hcl_functions import UnknownValueError, text_of
from dlint.project.image import TARGET, Described, Image, is_address, seen_from
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet

    from dlint.project.files import Files

# `.hcl` are other programs' files as well: what stands in them tells which are Bake's.
NAMED = regex(r"(?i)(^|/)docker-bake[^/]*\.json$|\.hcl$")
_CALLED = regex(r"(?i)(^|/)docker-bake[^/]*$")
_TARGET = regex(r'(?m)^(?:target|group)[ \t]+"?[\w.-]+"?[ \t]*\{')
DEFAULT = ("docker-bake.json", "docker-bake.hcl")
OVERRIDES = ("docker-bake.override.json", "docker-bake.override.hcl")
_WORKING_FOLDER = "cwd://"  # where Bake is started: the file's folder, as a rule
_MERGED = frozenset(("args", "contexts"))  # tables: a target's own keys go over those it inherits
_WANTED = (
    "context",
    "dockerfile",
    "dockerfile-inline",
    "target",
    "args",
    "contexts",
    "platforms",
    "tags",
    "cache-to",
    "cache-from",
    "output",
)
_DECIDING = frozenset(("context", "dockerfile", "dockerfile-inline", "target"))
_SAYS_WHAT = _DECIDING | _MERGED | {"inherits"}
MOST_TARGETS = 2_000  # of one file, its matrices written out
MOST_INHERITED = 20  # targets above one


class _Unknown(NamedTuple):
    why: str


class _File(NamedTuple):
    """What Bake files say together: blocks by their names, in the order of the files."""

    targets: dict[str, list[Block]]
    groups: dict[str, list[Block]]
    scope: Scope


class _Target(NamedTuple):
    """A target with the names of its matrix' row."""

    blocks: list[Block]
    row: Mapping[str, Any]

    @property
    def says_what(self) -> bool:
        """Whether it says itself what is built: docker/metadata-action's says nothing."""
        return any(not _SAYS_WHAT.isdisjoint(each.attributes) for each in self.blocks)


def is_doubtful(path: str) -> bool:
    """Tell whether only its text can tell that a file is Bake's."""
    return _CALLED.search(path) is None and NAMED.search(path) is not None


def is_bake(path: str, text: str) -> bool:
    """Tell whether a file with a name that Bake's may have is one."""
    return _CALLED.search(path) is not None or _TARGET.search(text) is not None


def read_bake(files: Files, path: str) -> Described:
    """Return the images that the Bake file `path` of a repository describes, with the override
    files beside it where Bake would take them without being told.

    Bake starts at the folder that it is called in: the file's own, or else the root, where only
    from there any of its Dockerfiles is found.

    Raises DlintError with the place, where a file cannot be read.
    """
    base = posixpath.dirname(path) or "."
    paths = [path]
    if posixpath.basename(path) in DEFAULT:
        beside = (seen_from(base, name) for name in OVERRIDES)
        paths += [each for each in beside if files.is_file(each)]
    texts = [(each, decoded(files.read(each))) for each in paths]
    found = describe(texts)
    if base == "." or _finds_any(files, found):
        return found
    from_root = describe(texts, ".")
    return from_root if _finds_any(files, from_root) else found


def _finds_any(files: Files, described: Described) -> bool:
    return any(
        image.dockerfile and files.is_file(image.dockerfile) for image in described.images.values()
    )


def describe(texts: Iterable[tuple[str, str]], base: str | None = None) -> Described:
    """Return what Bake files, path and text of each, describe together, started in the folder
    `base`, or else in that of the first. Raises DlintError.
    """
    paths: list[str] = []
    blocks: list[Block] = []
    outside: dict[str, Any] = {}
    for path, text in texts:
        try:
            own, more = _of_json(text) if path.endswith(".json") else parse_hcl(text)
        except FormatError as error:
            raise DlintError(f"{path}: {error}") from None
        paths.append(path)
        blocks += own
        outside |= more
    start = posixpath.dirname(paths[0]) or "." if base is None else base
    return _Reading(paths[0], _sorted(blocks, outside), start).described()


def _of_json(text: str) -> tuple[list[Block], dict[str, Any]]:
    """Return the blocks of Bake's JSON: tables of tables, by kind and name."""
    tree = load_json(text.encode())
    blocks = [
        Block(kind, (name,), 1, {key: _written(value) for key, value in each.items()})
        for kind in ("target", "group", "variable")
        for name, table in _table(tree.get(kind)).items()
        for each in (table if isinstance(table, list) else [table])
        if isinstance(each, dict)
    ]
    return blocks, {}


def _written(value: object) -> Any:  # noqa: ANN401  as JSON
    match value:
        case str():
            return Written(value)
        case dict():
            return {key: _written(each) for key, each in value.items()}
        case list():
            return [_written(each) for each in value]
        case _:
            return value


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sorted(blocks: Iterable[Block], outside: Mapping[str, Any]) -> _File:
    targets: dict[str, list[Block]] = {}
    groups: dict[str, list[Block]] = {}
    functions: dict[str, Block] = {}
    variables: dict[str, Any] = {"BAKE_CMD_CONTEXT": _WORKING_FOLDER, **outside}
    for block in blocks:
        name = block.labels[0] if block.labels else ""
        match block.kind:
            case "target":
                targets.setdefault(name, []).append(block)
            case "group":
                groups.setdefault(name, []).append(block)
            case "function":
                functions[name] = block
            case "variable":
                variables[name] = block.attributes.get("default", "")
    return _File(targets, groups, Scope(variables, functions))


class _Reading:
    """Works out the targets of one project."""

    def __init__(self, path: str, file: _File, base: str) -> None:
        self.path = path
        self.base = base
        self.file = file
        self.scope = file.scope
        self.notes: dict[str, None] = {}
        self.targets: dict[str, _Target] = {}
        self.groups: dict[str, tuple[str, ...]] = {}
        for name, blocks in file.targets.items():
            self._write_out(name, blocks)

    def described(self) -> Described:
        """Return the images of all targets that are more than a pattern for others."""
        for name, blocks in self.file.groups.items():
            told = [each for block in blocks for each in self._list(block, "targets", {})]
            self.groups[name] = tuple(dict.fromkeys((*self.groups.get(name, ()), *told)))
        patterns = self._patterns()
        images = {
            name: self._image(name, self._values(target))
            for name, target in islice(self.targets.items(), MOST_TARGETS)
            if name not in patterns or target.says_what
        }
        groups = {name: tuple(self._members(name, set())) for name in self.groups}
        default = groups.get("default") or (("default",) if "default" in images else ())
        return Described(
            images, groups, default or self._built(images, patterns), tuple(self.notes)
        )

    def _write_out(self, name: str, blocks: list[Block]) -> None:
        """Write out a target's matrix; the targets of its rows are a group of its own name."""
        matrix = next((b.attributes["matrix"] for b in blocks if "matrix" in b.attributes), None)
        if matrix is None:
            self.targets[name] = _Target(blocks, {})
            return
        axes = self._value(matrix, {}, f"{name}: `matrix`")
        if not isinstance(axes, dict) or not all(isinstance(row, list) for row in axes.values()):
            return
        named = next((b.attributes["name"] for b in blocks if "name" in b.attributes), None)
        members = []
        for row in islice(product(*axes.values()), MOST_TARGETS):
            local = dict(zip(axes, row, strict=True))
            each = self._value(named, local, f"{name}: `name`") if named is not None else None
            if isinstance(each, str):
                self.targets[each] = _Target(blocks, local)
                members.append(each)
        self.groups[name] = tuple(members)

    def _value(self, expression: object, local: Mapping[str, Any], what: str) -> Any:  # noqa: ANN401  as HCL
        try:
            return self.scope.value(expression, local)
        except UnknownValueError as error:
            self.notes[f"{self.path}: {what} is not known: {error}"] = None
            return _Unknown(str(error))

    def _list(self, block: Block, key: str, row: Mapping[str, Any]) -> list[str]:
        where = f"{block.kind} {'.'.join(block.labels)}: `{key}`"
        value = self._value(block.attributes.get(key, []), row, where)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def _members(self, name: str, seen: set[str]) -> Iterator[str]:
        """Yield the targets of a group, and of the groups in it."""
        for each in self.groups[name]:
            if each in seen:
                continue
            seen.add(each)
            if each in self.groups and each not in self.targets:
                yield from self._members(each, seen)
            else:
                yield each

    def _built(self, images: Iterable[str], patterns: AbstractSet[str]) -> tuple[str, ...]:
        """Return the targets that are more than a pattern."""
        grouped = self._grouped()
        return tuple(
            name
            for name in images
            if name in grouped or not (name in patterns or name.startswith("_"))
        )

    def _patterns(self) -> AbstractSet[str]:
        """Return the targets that others inherit, and no group names."""
        inherited = {
            name
            for target in self.targets.values()
            for block in target.blocks
            for name in self._list(block, "inherits", target.row)
        }
        return inherited - self._grouped()

    def _grouped(self) -> AbstractSet[str]:
        return {name for members in self.groups.values() for name in members}

    def _values(self, target: _Target) -> dict[str, Any]:
        """Return a target's attributes over those of the targets that it inherits from."""
        told: dict[str, Any] = {"line": target.blocks[0].line}
        for each in self._chain(target):
            for block in each.blocks:
                own = {
                    key: self._attribute(block, key, each.row)
                    for key in _WANTED
                    if key in block.attributes
                }
                told |= {key: _over(told.get(key), value, key) for key, value in own.items()}
        return told

    def _attribute(self, block: Block, key: str, row: Mapping[str, Any]) -> Any:  # noqa: ANN401  as HCL
        """Return an attribute; one element of a table may be unknown where the others are not."""
        expression, where = block.attributes[key], f"{block.labels[0]}: `{key}`"
        either = self._either(expression) if key == "target" else ()
        if either:
            return either
        parts = self.scope.parts(expression) if key in _MERGED else None
        if parts is None:
            return self._value(expression, row, where)
        return {
            name: self._value(value, row, f"{where}, `{name}`") for name, value in parts.items()
        }

    def _either(self, expression: object) -> tuple[Any, ...]:
        """Return what a target may be of which the environment decides; nothing for another."""
        try:
            return self.scope.branches(expression)
        except UnknownValueError:
            return ()

    def _chain(self, target: _Target, depth: int = 0) -> list[_Target]:
        """Return the targets that one inherits from, in the order in which they count, and it."""
        found: list[_Target] = []
        for block in target.blocks:
            for name in self._list(block, "inherits", target.row):
                if name in self.targets and depth < MOST_INHERITED:
                    found += self._chain(self.targets[name], depth + 1)
                if len(found) > MOST_TARGETS:
                    raise DlintError(f"{self.path}:{block.line}: inherits too many targets")
        return [*found, target]

    def _image(self, name: str, told: Mapping[str, Any]) -> Image:
        context = _text(told.get("context"), ".")
        folder = self._folder(context)
        inline = told.get("dockerfile-inline")
        file = _text(told.get("dockerfile"), "Dockerfile")
        target = told.get("target")
        first, *others = target if isinstance(target, tuple) else (target,)
        return Image(
            name=name,
            path=self.path,
            line=told["line"],
            context=folder,
            dockerfile="" if inline is not None else self._dockerfile(folder, file),
            inline=None if inline is None else _text(inline, ""),
            target=_text(first, ""),
            other_targets=tuple(_text(each, "") for each in others),
            args=tuple(
                (key, None if isinstance(value, _Unknown) else text_of(value))
                for key, value in _pairs(told.get("args"))
            ),
            contexts=tuple(
                (key, self._context(_text(value, "")))
                for key, value in _pairs(told.get("contexts"))
            ),
            platforms=_texts(told.get("platforms")),
            tags=_texts(told.get("tags")),
            cache_to=_caches(told.get("cache-to")),
            cache_from=_caches(told.get("cache-from")),
            outputs=_outputs(told.get("output")),
            unset=tuple(key for key in _DECIDING if isinstance(told.get(key), _Unknown)),
        )

    def _folder(self, context: str) -> str:
        return seen_from(self.base, context.removeprefix(_WORKING_FOLDER) or ".")

    def _context(self, text: str) -> str:
        return text if text.startswith(TARGET) else self._folder(text)

    def _dockerfile(self, folder: str, file: str) -> str:
        if file.startswith(_WORKING_FOLDER):
            return self._folder(file)
        return file if is_address(folder) else seen_from(folder, file)


def _over(below: object, value: object, key: str) -> object:
    """Return an attribute over the one of a target that is inherited from."""
    if key in _MERGED and isinstance(below, dict) and isinstance(value, dict):
        return {**below, **value}
    return below if value is None else value


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _texts(value: object) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else ()
    texts = (text_of(each) for each in rows if isinstance(each, str | int | float))
    return tuple(dict.fromkeys(filter(None, texts)))


def _outputs(value: object) -> tuple[str, ...]:
    """Return what is given out, of which each is a text or a table."""
    rows = value if isinstance(value, list) else ()
    return tuple(
        each if isinstance(each, str) else ",".join(map("=".join, _texts_of(each))) for each in rows
    )


def _caches(value: object) -> tuple[CacheEntry, ...]:
    """Return caches, of which each is a text or a table."""
    rows = value if isinstance(value, list) else ()
    return readable(each if isinstance(each, str) else dict(_texts_of(each)) for each in rows)


def _texts_of(value: object) -> Iterator[tuple[str, str]]:
    return ((key, text_of(each)) for key, each in _pairs(value) if not isinstance(each, _Unknown))


def _pairs(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the pairs of a table; what is null there is not said."""
    for key, each in _table(value).items():
        if isinstance(each, str | int | float | _Unknown):
            yield key, each
