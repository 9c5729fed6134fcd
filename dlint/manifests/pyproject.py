"""pyproject.toml: PEP 621, PEP 735's groups, and the tables of poetry, pdm and uv."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Origin, Reference, Role
from dlint.manifests.loading import (
    FormatError,
    load_toml,
    string,
    strings,
    table,
    tables,
    text_of,
)
from dlint.manifests.python_needs import needs_of, origin_of, poetry_needs
from dlint.manifests.python_project import Sources, sources_of_pyproject
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.manifests.kinds import Need

# The build system that most name has no build-backend-specific groups: uv alone installs one of
# itself (https://docs.astral.sh/uv/concepts/projects/dependencies/#default-groups).
_UV_DEFAULTS = ["dev"]


def parse(data: bytes) -> Manifest:
    """Read what a project asks for, by group and by extra."""
    settings = load_toml(text_of(data))
    project, tool = table(settings, "project"), table(settings, "tool")
    poetry = table(tool, "poetry")
    groups = {MAIN: needs_of(strings(project.get("dependencies")))}
    groups[MAIN] += poetry_needs(table(poetry, "dependencies"))
    groups |= _poetry_groups(poetry)
    groups |= dependency_groups(table(settings, "dependency-groups"))
    for name, lines in table(tool, "pdm", "dev-dependencies").items():
        groups[canonical(name)] = needs_of(strings(lines))
    if legacy := strings(table(tool, "uv").get("dev-dependencies")):
        groups[DEVELOPMENT] = groups.get(DEVELOPMENT, ()) + needs_of(legacy)
    extras = _extras(project, poetry)
    sources = _sources(settings)
    indexes = [*tables(table(tool, "uv").get("index")), *tables(poetry.get("source"))]
    indexes = [each for each in indexes if not _is_asked_by_name(each)]
    return Manifest(
        "",
        "pyproject",
        groups={name: _placed(needs, sources) for name, needs in groups.items()},
        extras={name: _placed(needs, sources) for name, needs in extras.items()},
        on_demand=_optional(poetry) | extras.keys(),
        defaults=_defaults(tool, groups),
        reads=tuple(references(sources_of_pyproject(settings))),
        unknown=tuple(_undeclared(project, poetry)),
        index_url=next((string(each.get("url")) for each in indexes if each.get("default")), ""),
        more_urls=tuple(
            url for each in indexes if not each.get("default") and (url := string(each.get("url")))
        ),
    )


def _sources(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where uv takes packages from that have a source of their own, by their names."""
    sources = table(settings, "tool", "uv", "sources")
    return {canonical(name): source for name, source in sources.items()}


def _placed(needs: Iterable[Need], sources: Mapping[str, Any]) -> tuple[Need, ...]:
    """Return needs, those of `tool.uv.sources` with the place where each is."""
    return tuple(
        each._replace(origin=_source(sources[each.name])) if each.name in sources else each
        for each in needs
    )


def _is_asked_by_name(index: Mapping[str, Any]) -> bool:
    """Tell whether an index has only what names it as its source."""
    return bool(index.get("explicit")) or index.get("priority") == "explicit"


def _source(told: object) -> Origin:
    """Return where a package is that has a source of its own, one or several by markers."""
    source = next(iter(tables(told)), {}) if isinstance(told, list) else table(told)
    if source.get("workspace"):
        return Origin.PROJECT
    return Origin.INDEX if "index" in source else origin_of(source)[0]


def _undeclared(project: Mapping[str, Any], poetry: Mapping[str, Any]) -> Iterator[str]:
    """Say what the project's own build decides of what it needs."""
    if _is_dynamic(project) or not (project or poetry):
        yield "what the project needs, which its own build names"


def _is_dynamic(project: Mapping[str, Any]) -> bool:
    """Tell whether a project leaves it to its build what it depends on."""
    return "dependencies" in strings(project.get("dynamic"))


def declared(data: bytes) -> tuple[Need, ...]:
    """Return what a project's own table says that it depends on; nothing where its build tells, or
    where some of it stands beside the project.
    """
    try:
        settings = load_toml(text_of(data))
    except FormatError:
        return ()
    project = table(settings, "project")
    needs = _placed(needs_of(strings(project.get("dependencies"))), _sources(settings))
    beside = {Origin.PATH, Origin.PROJECT}
    if _is_dynamic(project) or any(each.origin in beside for each in needs):
        return ()
    return needs


# Of these an editable install is a path to the source and tells nothing else, so it is the same
# each time; that of setuptools may be a program, whose compiled form has the time in it (measured
# with pip 23.2.1).
_POINTING = ("hatchling.", "flit_core.", "poetry.core.", "pdm.backend")


def only_points(data: bytes) -> bool:
    """Tell whether pip's editable install of a project leaves the same files whatever has changed
    of its source: it points there, and the version is written down.
    """
    try:
        settings = load_toml(text_of(data))
    except FormatError:
        return False
    backend = string(table(settings, "build-system").get("build-backend"))
    return backend.startswith(_POINTING) and "version" in table(settings, "project")


def makes_no_package(data: bytes, manager: str) -> bool:
    """Tell whether a project says that its manager installs what it needs, and not itself, which
    uv leaves out, too, where no build system is named.
    """
    try:
        settings = load_toml(text_of(data))
    except FormatError:
        return False
    own = table(settings, "tool", manager)
    match manager:
        case "poetry":
            return own.get("package-mode") is False
        case "pdm":
            return own.get("distribution") is False
        case "uv":
            return own.get("package", "build-system" in settings) is False
    return False


def members_of(data: bytes) -> tuple[str, ...]:
    """Return the patterns for folders of uv's workspace; none where the file cannot be read."""
    sources = read_sources(data)
    return sources.members if sources else ()


def read_sources(data: bytes) -> Sources | None:
    """Return what building the project reads; None where the file cannot be read."""
    try:
        return sources_of_pyproject(load_toml(text_of(data)))
    except FormatError:
        return None


def references(sources: Sources) -> list[Reference]:
    """Return the files and folders that a project names for its install."""
    return [
        *(Reference(path, Role.PROJECT) for path in sources.local),
        *(Reference(f"{pattern}/pyproject.toml", Role.MEMBER) for pattern in sources.members),
        *(Reference(path, Role.FILE) for path in (*sources.files, *sources.fragments)),
    ]


def _poetry_groups(poetry: Mapping[str, Any]) -> dict[str, tuple[Need, ...]]:
    groups = {
        canonical(name): poetry_needs(table(group, "dependencies"))
        for name, group in table(poetry, "group").items()
    }
    if old := table(poetry, "dev-dependencies"):
        groups[DEVELOPMENT] = groups.get(DEVELOPMENT, ()) + poetry_needs(old)
    return groups


def dependency_groups(groups: Mapping[str, Any]) -> dict[str, tuple[Need, ...]]:
    """Return what each of PEP 735's groups asks for, with the groups that it includes."""
    by_name = {canonical(name): group for name, group in groups.items()}
    return {name: needs_of(_members(name, by_name)) for name in by_name}


def _members(name: str, groups: Mapping[str, Any]) -> list[str]:
    """Return the lines of a group and of those that it includes, each group once."""
    found: list[str] = []
    todo, seen = [name], set()
    while todo:
        group = todo.pop()
        if group in seen:
            continue
        seen.add(group)
        members = groups.get(group)
        for each in members if isinstance(members, list) else ():
            if isinstance(each, str):
                found.append(each)
            elif included := string(table(each).get("include-group")):
                todo.append(canonical(included))
    return found


def _extras(project: Mapping[str, Any], poetry: Mapping[str, Any]) -> dict[str, tuple[Need, ...]]:
    extras = {
        canonical(name): needs_of(strings(lines))
        for name, lines in table(project, "optional-dependencies").items()
    }
    for name, names in table(poetry, "extras").items():
        extras[canonical(name)] = needs_of(strings(names))
    return extras


def _optional(poetry: Mapping[str, Any]) -> frozenset[str]:
    """Return poetry's groups that come only where they are asked for."""
    return frozenset(
        canonical(name)
        for name, group in table(poetry, "group").items()
        if table(group).get("optional") is True
    )


def _defaults(tool: Mapping[str, Any], groups: Mapping[str, Any]) -> frozenset[str]:
    """Return the groups that an install brings of itself.

    Poetry takes all that are not optional, pdm all groups for development, uv what it is told.
    """
    if "poetry" in tool or "pdm" in tool:
        return frozenset(groups) - _optional(table(tool, "poetry"))
    told = table(tool, "uv").get("default-groups", _UV_DEFAULTS)
    named = list(groups) if told == "all" else map(canonical, strings(told))
    return frozenset({MAIN, *named})
