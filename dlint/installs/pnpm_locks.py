"""Whether pnpm would take a lock file for the one of what has arrived beside it: it compares
settings, overrides and catalogs, and what each project asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.installs.beside_locks import KINDS, PEERS, dependencies
from dlint.installs.fits import Fit
from dlint.manifests.loading import string, strings, table, yaml_table
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set as AbstractSet

    from dlint.installs.beside_locks import Beside

_PACKAGES = regex(r"(?m)^packages:")
_MANAGER = regex(r"\bpnpm@(\d+)")
_PNPMFILES = (".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js")
# Versions of pnpm that read a lock file's format as it is, by its first number.
_READERS = {5: range(3, 8), 6: range(8, 9), 9: range(9, 99)}
_DEFAULTS = {
    "autoInstallPeers": "true",
    "excludeLinksFromLockfile": "false",
    "injectWorkspacePackages": "false",
    "peersSuffixMaxLength": "1000",
}


def fit_of_pnpm(text: str, beside: Beside) -> Fit:
    """Tell whether `pnpm install --frozen-lockfile` would take a lock file."""
    packages = _PACKAGES.search(text)
    lock = yaml_table(text[: packages.start()] if packages else text)  # what it compares is above
    manifest = beside.manifest()
    if manifest is None or not lock.get("lockfileVersion"):
        return Fit.UNPROVED
    found = {_version(lock, manifest, beside), *_settings(lock, manifest, beside)}
    found |= set(_projects(lock, manifest, beside))
    return next(
        (each for each in (Fit.STALE, Fit.REFUSED, Fit.UNPROVED) if each in found), Fit.GOOD
    )


def _version(lock: Mapping[str, Any], manifest: Mapping[str, Any], beside: Beside) -> Fit:
    """Tell whether the pnpm that is named reads the lock file's format; where none is, the newest
    one is meant.
    """
    told = f"{string(manifest.get('packageManager'))} {beside.build.dockerfile.source.text}"
    named = {number(each) or 0 for each in _MANAGER.findall(told)}
    format_ = number(string(lock.get("lockfileVersion")).partition(".")[0]) or 0
    readers = _READERS.get(format_, ())
    if not named:
        return Fit.GOOD if format_ == max(_READERS) else Fit.UNPROVED
    return Fit.GOOD if all(each in readers for each in named) else Fit.REFUSED


def _settings(
    lock: Mapping[str, Any], manifest: Mapping[str, Any], beside: Beside
) -> Iterator[Fit]:
    """Yield what speaks against a lock file in the settings by which it was written."""
    workspace = beside.settings("pnpm-workspace.yaml")
    sources = (table(manifest, "pnpm"), workspace)
    yield _overrides(lock, table(manifest, "resolutions"), *sources)
    yield _catalogs(lock, workspace)
    patched = {name for each in sources for name in table(each, "patchedDependencies")}
    yield _patched(table(lock, "patchedDependencies").keys(), patched)
    extended = {name for each in sources for name in table(each, "packageExtensions")}
    yield _hashed(is_locked="packageExtensionsChecksum" in lock, is_there=bool(extended))
    hooks = any(beside.text(name) for name in _PNPMFILES)
    yield _hashed(is_locked="pnpmfileChecksum" in lock, is_there=hooks)
    if hooks:
        yield Fit.UNPROVED  # what they change in manifests is not known
    left_out = {
        name for each in sources for name in strings(each.get("ignoredOptionalDependencies"))
    }
    if left_out != set(strings(lock.get("ignoredOptionalDependencies"))):
        yield Fit.REFUSED
    if "settings" in lock and _defaults_differ(table(lock, "settings"), workspace, beside):
        yield Fit.REFUSED


def _patched(locked: AbstractSet[str], wanted: AbstractSet[str]) -> Fit:
    """Compare the names of the packages that are patched: the hashes of the patches are not worked
    out again.
    """
    if locked != wanted:
        return Fit.REFUSED
    return Fit.UNPROVED if wanted else Fit.GOOD


def _hashed(*, is_locked: bool, is_there: bool) -> Fit:
    """Compare what the lock file holds a hash of with whether it is there: old ones hold none."""
    if is_locked and not is_there:
        return Fit.REFUSED
    return Fit.UNPROVED if is_there else Fit.GOOD


def _overrides(
    lock: Mapping[str, Any], resolutions: Mapping[str, Any], *sources: Mapping[str, Any]
) -> Fit:
    wanted: dict[str, Any] = dict(resolutions)
    for source in sources:
        wanted |= table(source, "overrides")
    locked = table(lock, "overrides")
    if locked.keys() != wanted.keys():
        return Fit.REFUSED
    unlike = [str(told) for name, told in wanted.items() if str(told) != locked[name]]
    if all(each.startswith(("$", "catalog:")) for each in unlike):
        return Fit.UNPROVED if unlike else Fit.GOOD
    return Fit.REFUSED


def _catalogs(lock: Mapping[str, Any], workspace: Mapping[str, Any]) -> Fit:
    """Compare the ranges of catalogs; a lock file holds those that are used."""
    told = {"default": table(workspace, "catalog"), **table(workspace, "catalogs")}
    is_same = all(
        table(entry).get("specifier") == table(told, catalog).get(name)
        for catalog, entries in table(lock, "catalogs").items()
        for name, entry in table(entries).items()
    )
    return Fit.GOOD if is_same else Fit.REFUSED


def _defaults_differ(
    locked: Mapping[str, Any], workspace: Mapping[str, Any], beside: Beside
) -> bool:
    for name, default in _DEFAULTS.items():
        dashed = "".join(f"-{each.lower()}" if each.isupper() else each for each in name)
        wanted = string(workspace.get(name)) or beside.npmrc(dashed) or default
        if (string(locked.get(name)) or default) != wanted:
            return True
    return False


def _projects(
    lock: Mapping[str, Any], manifest: Mapping[str, Any], beside: Beside
) -> Iterator[Fit]:
    """Yield what speaks against a lock file in what its projects ask for, as far as they have
    arrived.
    """
    importers = table(lock, "importers") or {".": lock}
    for folder, importer in importers.items():
        asked = manifest if folder == "." else beside.manifest(folder)
        if asked is not None:
            yield _asked(table(importer), asked, lock)
    globs = strings(beside.settings("pnpm-workspace.yaml").get("packages"))
    if beside.has_more(globs, importers):
        yield Fit.UNPROVED


def _asked(
    importer: Mapping[str, Any], manifest: Mapping[str, Any], lock: Mapping[str, Any]
) -> Fit:
    """Compare what a project asks for with what the lock file was written for; overrides are for
    that, too.
    """
    locked = table(importer, "specifiers") or {
        name: string(table(told).get("specifier"))
        for kind in KINDS
        for name, told in table(importer, kind).items()
    }
    has_peers = string(table(lock, "settings").get("autoInstallPeers")) == "true"
    wanted = dependencies(manifest, *((PEERS, *KINDS) if has_peers else KINDS))
    if wanted.keys() - locked.keys():
        return Fit.STALE
    overrides = table(lock, "overrides")
    is_same = locked.keys() == wanted.keys() and all(
        locked[name] == told or _is_overridden(name, locked[name], overrides)
        for name, told in wanted.items()
    )
    meta = "dependenciesMeta"
    is_same &= table(importer, meta).keys() == table(manifest, meta).keys()
    return Fit.GOOD if is_same else Fit.REFUSED


def _is_overridden(name: str, locked: str, overrides: Mapping[str, Any]) -> bool:
    return any(
        told == locked and (each == name or each.startswith(f"{name}@"))
        for each, told in overrides.items()
    )
