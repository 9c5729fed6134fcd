"""The images that Compose files build (https://docs.docker.com/reference/compose-file/).

What is read is what Compose would build with an empty environment: `.env` beside the file counts,
variables of the process do not, and all profiles are taken to be on. Nothing outside of the
repository is read, and nothing over a network: an `include` from elsewhere is noted.
"""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from dlint.errors import DlintError, UnreadableError
from dlint.manifests.loading import FormatError, text_of
from dlint.manifests.tagged_yaml import OVERRIDE, RESET, Table, load_tagged
from dlint.project.cache_entry import CacheEntry, readable
from dlint.project.image import SERVICE, TARGET, Described, Image, is_address, is_inside, seen_from
from dlint.project.interpolation import dotenv, interpolate, unset, without_marks
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.project.files import Files

DEFAULT = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
SEPARATOR = ":"  # between the names of files that go over one another
NAMED = regex(r"(?i)(^|/)(docker-)?compose[^/]*\.ya?ml$")
PUSHES = regex(r"\bcompose\b[^\n]{0,200}\bpush\b")  # a command
_TEXTS = ("image", "platform")
_BUILD_TEXTS = ("dockerfile", "dockerfile_inline", "target")
_BUILD_LISTS = ("platforms", "tags", "cache_to", "cache_from")
_OWN_LISTS = ("profiles",)
_HERE = "/\1"  # what `$PWD` stands for: the folder in which Compose runs, the project's as a rule
_ROOT = "//"  # before a path from the repository's root
DOCKERFILE = "Dockerfile"  # where none is named, or where what names it is empty
MOST_FILES = 100  # that one file takes in
MOST_SERVICES = 2_000
DEEPEST = 20  # services that extend one another, files that include one another


class Service(NamedTuple):
    """What one file says of a service, or several of them together.

    `texts` are its single values, `tables` and `lists` the others, by the names of their keys; a
    key of `build` stands there by its own name. Values have their variables filled in. `gone` are
    the keys of an earlier file that do not count.
    """

    path: str
    line: int
    texts: dict[str, str]
    tables: dict[str, dict[str, str | None]]
    lists: dict[str, tuple[str, ...]]
    gone: frozenset[str] = frozenset()

    def under(self, later: Service) -> Service:
        """Return what both say where `later` goes over this one, as Compose merges files."""
        texts = {key: text for key, text in self.texts.items() if key not in later.gone}
        kept = {
            key: {name: text for name, text in table.items() if f"{key}.{name}" not in later.gone}
            for key, table in self.tables.items()
            if key not in later.gone
        }
        lists = {key: row for key, row in self.lists.items() if key not in later.gone}
        tables = {
            key: {**kept.get(key, {}), **later.tables.get(key, {})}
            for key in (*kept, *later.tables)
        }
        rows = {
            key: tuple(dict.fromkeys((*lists.get(key, ()), *later.lists.get(key, ()))))
            for key in (*lists, *later.lists)
        }
        return Service(self.path, self.line, {**texts, **later.texts}, tables, rows)


class _Reading:
    """One project: what was read of it, each file once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.notes: dict[str, None] = {}
        self._files: dict[tuple[str, str], _File] = {}

    def file(self, path: str, base: str, outer: Mapping[str, str], named: str) -> _File:
        """Open a file, whose relative paths are seen from `base`; `named` says where it is named.

        Raises DlintError.
        """
        found = self._files.get((path, base))
        if found is None:
            if len(self._files) >= MOST_FILES:
                raise DlintError(f"{named}: takes in more than {MOST_FILES} files")
            text = self.text(path, named)
            found = self._files[path, base] = _File(self, path, base, text, outer)
        return found

    def text(self, path: str, named: str) -> str:
        """Return the text of a file of the repository. Raises DlintError."""
        if not is_inside(path):
            raise DlintError(f"{named}: `{path}` is outside of the repository, and is not read")
        try:
            return text_of(self.files.read(path))
        except FormatError as error:
            raise DlintError(f"{path}: {error}") from None
        except UnreadableError as error:
            raise DlintError(f"{named}: {error.message}", error.hint) from error

    def variables(self, folder: str, files: list[str], outer: Mapping[str, str]) -> dict[str, str]:
        """Return what `.env` of a project's folder sets, or the files that are named instead."""
        values: dict[str, str] = dict(outer)
        for name in files or [".env"]:
            path = seen_from(folder, name)
            try:
                values = dotenv(self.files.read(path).decode("utf-8", "replace"), values)
            except UnreadableError:
                if files:
                    self.notes[f"{path}: cannot be read, so its variables count as not set"] = None
        return values


class _File:
    """One Compose file."""

    def __init__(
        self, reading: _Reading, path: str, base: str, text: str, values: Mapping[str, str]
    ) -> None:
        self.reading = reading
        self.path = path
        self.base = base
        self.values = values
        try:
            self.tree = load_tagged(text)
        except FormatError as error:
            raise DlintError(f"{path}: {error}") from None
        self._found: dict[str, Service] = {}

    @cached_property
    def services(self) -> Table:
        """The services as they are written."""
        found = self.tree.get("services")
        if isinstance(found, Table) and len(found) > MOST_SERVICES:
            raise DlintError(f"{self.path}: has more than {MOST_SERVICES} services")
        return found if isinstance(found, Table) else Table()

    def filled(self, text: str, line: int) -> str:
        """Return a text with its variables filled in. Raises DlintError."""
        try:
            return interpolate(text, self.values)
        except FormatError as error:
            raise DlintError(f"{self.path}:{line}: {error}") from None

    def service(self, name: str, depth: int = 0) -> Service:
        """Return what the file says of a service, with what it extends. Raises DlintError."""
        if name not in self._found:
            self._found[name] = self._whole(name, depth)
        return self._found[name]

    def _whole(self, name: str, depth: int) -> Service:
        line = self.services.lines.get(name, 1)
        table = self.services[name]
        own = _Written(self, table if isinstance(table, Table) else Table(), line).service()
        extended = self._extended(table, line, depth)
        return own if extended is None else extended.under(own)._replace(path=own.path, line=line)

    def _extended(self, table: object, line: int, depth: int) -> Service | None:
        told = table.get("extends") if isinstance(table, Table) else None
        if told is None:
            return None
        where = f"{self.path}:{line}"
        if depth >= DEEPEST:
            raise DlintError(f"{where}: `extends` leads on more than {DEEPEST} times")
        file, name = self, told
        if isinstance(told, Table):
            name = told.get("service")
            file = self._other(told.get("file"), where, line)
        if not isinstance(name, str) or name not in file.services:
            raise DlintError(f"{where}: `extends` matches no service of {file.path}")
        return file.service(name, depth + 1)

    def _other(self, named: object, where: str, line: int) -> _File:
        """Return the file that `extends` names, whose paths are seen from its own folder."""
        if not isinstance(named, str):
            return self
        path = seen_from(self.base, without_marks(self.filled(named, line)))
        return self.reading.file(path, posixpath.dirname(path) or ".", self.values, where)

    def included(self) -> Iterator[tuple[list[str], str | None, list[str], int]]:
        """Yield the files that are included together, their project's folder where it is named,
        and its env files.
        """
        row = self.tree.get("include")
        line = self.tree.lines.get("include", 1)
        for each in row if isinstance(row, list) else ():
            told = each if isinstance(each, dict) else {"path": each}
            paths = [seen_from(self.base, path) for path in self._texts(told.get("path"), line)]
            folder = next(iter(self._texts(told.get("project_directory"), line)), None)
            files = [seen_from(self.base, path) for path in self._texts(told.get("env_file"), line)]
            if paths:
                yield paths, None if folder is None else seen_from(self.base, folder), files, line

    def _texts(self, value: object, line: int) -> list[str]:
        rows = value if isinstance(value, list) else [value]
        return [without_marks(self.filled(each, line)) for each in rows if isinstance(each, str)]


class _Written:
    """Turns a service as it is written into what it says."""

    def __init__(self, file: _File, table: Table, line: int) -> None:
        self.file = file
        self.table = table
        self.line = line
        self.texts: dict[str, str] = {}
        self.tables: dict[str, dict[str, str | None]] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self.gone: set[str] = set()

    def service(self) -> Service:
        self._take(self.table, _TEXTS, (), _OWN_LISTS)
        build = self.table.get("build")
        if _tag(build) in {RESET, OVERRIDE}:
            self.gone |= {"context", "args", "additional_contexts", *_BUILD_TEXTS, *_BUILD_LISTS}
        if _tag(build) != RESET and isinstance(build, Table | str):
            self._build(build)
        return Service(
            self.file.path, self.line, self.texts, self.tables, self.lists, frozenset(self.gone)
        )

    def _build(self, build: Table | str) -> None:
        if isinstance(build, str):
            self.texts["context"] = self._folder(self._filled(build))
            return
        context = build.get("context")
        if isinstance(context, str):
            self.texts["context"] = self._folder(self._filled(context))
        else:
            self.texts["no context"] = self.file.base
        self._take(build, _BUILD_TEXTS, ("args", "additional_contexts"), _BUILD_LISTS)
        file = self.texts.get("dockerfile", "")
        if file.startswith(_HERE):
            self.texts["dockerfile"] = _ROOT + self._folder(file)
        named = self.tables.get("additional_contexts", {})
        self.tables["additional_contexts"] = {
            name: self._context(value or "") for name, value in named.items()
        }

    def _take(
        self,
        table: Table,
        texts: tuple[str, ...],
        tables: tuple[str, ...],
        lists: tuple[str, ...],
    ) -> None:
        for key in (*texts, *tables, *lists):
            value = table.get(key)
            if _tag(value) in {RESET, OVERRIDE}:
                self.gone.add(key)
            if _tag(value) == RESET or value is None:
                continue
            if key in texts and isinstance(value, str):
                self.texts[key] = self._filled(value)
            elif key in tables:
                self.tables[key] = dict(self._pairs(key, value))
            elif key in lists and isinstance(value, list):
                rows = (self._filled(each) for each in value if isinstance(each, str))
                self.lists[key] = tuple(rows)

    def _pairs(self, table: str, value: object) -> Iterator[tuple[str, str | None]]:
        """Yield the pairs of a table, or of a list of `NAME=VALUE`."""
        if isinstance(value, Table):
            for key, each in value.items():
                if _tag(each) == RESET:
                    self.gone.add(f"{table}.{key}")
                else:
                    yield key, self._filled(each) if isinstance(each, str) else self._passed(key)
        elif isinstance(value, list):
            for each in value:
                name, is_set, text = self._filled(each if isinstance(each, str) else "").partition(
                    "="
                )
                if name:
                    yield name, text if is_set else self._passed(name)

    def _passed(self, name: str) -> str | None:
        """Return what a name without a value stands for: the variable that is called so."""
        return self.file.values.get(name)

    def _filled(self, text: str) -> str:
        return self.file.filled(text, self.line)

    def _folder(self, text: str) -> str:
        return seen_from(self.file.base, _below(text) or ".")

    def _context(self, text: str) -> str:
        if text.startswith(SERVICE):
            return TARGET + text.removeprefix(SERVICE)
        if text.startswith(TARGET) or is_address(text):
            return text
        return self._folder(text)


def _below(text: str) -> str:
    """Return a path without the working folder before it."""
    return "." + text.removeprefix(_HERE) if text.startswith(_HERE) else text


def _tag(value: object) -> str | None:
    return getattr(value, "tag", None)


def read_compose(files: Files, path: str, more: Sequence[str] = ()) -> Described:
    """Return the images of the project that the file `path` of a repository describes: with `more`
    files over it, or else those that Compose would take without being told.

    Raises DlintError with the place, where a file cannot be read or says what Compose refuses.
    """
    reading = _Reading(files)
    base = posixpath.dirname(path) or "."
    values = {"PWD": _HERE} | reading.variables(base, [], {})
    told = [path, *more] if more else _named_by(values, base, path)
    paths = told or [path, *_override(files, base, path)]
    services = _services(reading, paths, _Place(base, values, path))
    found = (_image(name, each) for name, each in services.items())
    images = {image.name: image for image in found if image is not None}
    notes = [*reading.notes, *(_noted(image) for image in images.values() if image.unset)]
    return Described(images, {}, tuple(images), tuple(notes))


def _noted(image: Image) -> str:
    names = ", ".join(f"`{name}`" for name in image.unset)
    return (
        f"{image.path}:{image.line}: nothing in the repository sets {names}, so it is not known"
        f" where `{image.name}` is built"
    )


def _named_by(values: Mapping[str, str], folder: str, path: str) -> list[str]:
    """Return the files that `COMPOSE_FILE` of an env file names; none where `path` is not among
    them.
    """
    names = values.get("COMPOSE_FILE", "").split(values.get("COMPOSE_PATH_SEPARATOR") or SEPARATOR)
    places = [seen_from(folder, name) for name in names if name]
    return places if path in places else []


def _override(files: Files, folder: str, path: str) -> list[str]:
    """Return the override file of the folder's default project, if `path` is that one."""

    def first(names: tuple[str, ...]) -> list[str]:
        places = (seen_from(folder, name) for name in names)
        return [place for place in places if files.is_file(place)][:1]

    return first(OVERRIDES) if path in first(DEFAULT) else []


class _Place(NamedTuple):
    """Where files are read that belong together: their folder, the variables, who names them."""

    base: str
    values: Mapping[str, str]
    named: str
    depth: int = 0


def _services(reading: _Reading, paths: list[str], place: _Place) -> dict[str, Service]:
    """Return the services that files describe together, each over those before it."""
    if place.depth > DEEPEST:
        raise DlintError(f"{place.named}: `include` leads on more than {DEEPEST} times")
    found: dict[str, Service] = {}
    for path in paths:
        file = reading.file(path, place.base, place.values, place.named)
        for name, each in _included(reading, file, place.depth).items():
            found.setdefault(name, each)
        for name in file.services:
            own = file.service(name)
            found[name] = found[name].under(own) if name in found else own
    return found


def _included(reading: _Reading, file: _File, depth: int) -> dict[str, Service]:
    found: dict[str, Service] = {}
    for paths, folder, files, line in file.included():
        where = f"{file.path}:{line}"
        if any(map(is_address, paths)):
            reading.notes[f"{where}: `include` from elsewhere is not read"] = None
            continue
        base = folder or posixpath.dirname(paths[0]) or "."
        values = reading.variables(base, files, file.values)
        found |= _services(reading, paths, _Place(base, values, where, depth + 1))
    return found


def _image(name: str, service: Service) -> Image | None:
    """Return the image of a service; None where it builds none."""
    texts = service.texts
    context = texts.get("context", texts.get("no context"))
    if context is None:
        return None
    inline = texts.get("dockerfile_inline")
    file = texts.get("dockerfile", DOCKERFILE)
    deciding = "".join((context, file, texts.get("target", ""), inline or ""))
    folder = without_marks(context) or "."
    tags = (texts.get("image", ""), *service.lists.get("tags", ()))
    platforms = service.lists.get("platforms", ()) or _some(texts.get("platform"))
    return Image(
        name=name,
        path=service.path,
        line=service.line,
        context=folder,
        dockerfile=""
        if inline is not None
        else _dockerfile(folder, without_marks(file) or DOCKERFILE),
        inline=None if inline is None else without_marks(inline),
        target=without_marks(texts.get("target", "")),
        args=tuple(
            (key, None if value is None or unset(value) else value)
            for key, value in service.tables.get("args", {}).items()
        ),
        contexts=tuple(
            (key, without_marks(value or ""))
            for key, value in service.tables.get("additional_contexts", {}).items()
        ),
        platforms=tuple(filter(None, map(without_marks, platforms))),
        tags=tuple(dict.fromkeys(without_marks(tag) for tag in tags if tag)),
        profiles=service.lists.get("profiles", ()),
        cache_to=_caches(service, "cache_to"),
        cache_from=_caches(service, "cache_from"),
        unset=unset(deciding),
    )


def _caches(service: Service, key: str) -> tuple[CacheEntry, ...]:
    """Return a service's caches but for those that depend on variables of no value."""
    return readable(each for each in service.lists.get(key, ()) if not unset(each))


def _some(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _dockerfile(context: str, file: str) -> str:
    """Return where the Dockerfile is: it is seen from the context, whatever that is."""
    if file.startswith(_ROOT):
        return file.removeprefix(_ROOT)
    return file if is_address(context) else seen_from(context, file)
