"""dlint: the linter that knows what a Dockerfile costs to push.

`__all__` is the public API: all that a rule or a plugin may import. A name is loaded when it is first used.

Nothing at all is imported here: `python -m dlint` runs this with the working directory first on `sys.path`, where a
`typing.py` of the repository that is being checked would be taken for Python's.
"""

TYPE_CHECKING = False  # type checkers take it for true, as they do typing's
if TYPE_CHECKING:
    from dlint.context import BuildContext, Entry, IgnoreFile
    from dlint.errors import DlintError
    from dlint.hookspecs import hookimpl
    from dlint.images import tag_digest
    from dlint.images.facts import ImageFacts, RegistrySettings
    from dlint.layers import Build, Options, Stage, State, Step
    from dlint.layers.arrivals import Arrival, Arrivals, arrivals, names_below, path_of
    from dlint.layers.dependencies import dependency_folders
    from dlint.layers.destinations import Destinations, destinations
    from dlint.layers.estimate import packed
    from dlint.layers.leaving_out import leave_out
    from dlint.layers.mounts import Mounted, is_stored, meant_for, mounts_of
    from dlint.layers.needs import Needs, family, folders_of, is_system_manager, lock_names, needs, uses_vendor
    from dlint.layers.neighbours import Base, Neighbours, neighbours, shipped_bases
    from dlint.layers.scope import join
    from dlint.layers.selection import Selection
    from dlint.layers.shipping import Carried, Shipping, copies_from_stages, shipping
    from dlint.layers.stages import find_stage
    from dlint.layers.standing import Standing, standing
    from dlint.layers.stored import Storage, Stored, storage
    from dlint.layers.tags import Precision, TagParts, moving_tag, tag_parts, tag_precision
    from dlint.layers.tools import version_of
    from dlint.layers.tree import within
    from dlint.layers.uses import OFFICIAL, ImageUse, image_uses
    from dlint.layers.volatility import (
        Changes,
        built_stages,
        changes,
        is_dependency_list,
        is_placeholder,
        is_source,
        passed_afresh,
        takes_whole_context,
        volatile_files,
    )
    from dlint.layers.weights import (
        base_packages,
        cache_bytes,
        development_bytes,
        fetched_bytes,
        installed_bytes,
        layer_bytes,
        layers_bytes,
        recommended_bytes,
        stored_bytes,
        takes_recommended,
    )
    from dlint.layers.writing import base_may_hold, may_write
    from dlint.lazy import regex
    from dlint.merging import merge_runs
    from dlint.moving import (
        crosses_settings,
        fold,
        insert_before,
        lines_of,
        move_before,
        move_behind,
        place_behind,
        removals,
    )
    from dlint.plugins import walk_rules
    from dlint.reference import Reference, parse_reference
    from dlint.report import Diagnostic, FileReport, Location, Report
    from dlint.rule import Basis, Context, Cost, Finding, Fix, Related, Rule, Safety, Severity, Spanned
    from dlint.shell import (
        CacheKept,
        CacheLeft,
        Clean,
        Clone,
        Command,
        Create,
        Delete,
        Effect,
        Effects,
        Extract,
        Fetch,
        Install,
        Package,
        Place,
        Redirect,
        Refresh,
        Remove,
        Rewrite,
        Script,
        ShellWord,
        Unknown,
        deletes,
        emptied,
        verifies,
    )
    from dlint.shell.append import add_mount, append_command, put_behind, said
    from dlint.source import Edit, Mapped, Position, Source, Span
    from dlint.splitting import copies_of
    from dlint.syntax import (
        Add,
        Arg,
        Cmd,
        Comment,
        Copy,
        Directive,
        Dockerfile,
        Entrypoint,
        Env,
        Expose,
        Flag,
        From,
        Healthcheck,
        Heredoc,
        Instruction,
        Label,
        Maintainer,
        Mount,
        Onbuild,
        Pair,
        Run,
        Shell,
        Stopsignal,
        Transfer,
        User,
        Volume,
        Word,
        Workdir,
    )
    from dlint.units import human_bytes, parse_bytes

__version__ = "0.1.0"

_HOMES = {
    "dlint.context": "BuildContext Entry IgnoreFile",
    "dlint.errors": "DlintError",
    "dlint.hookspecs": "hookimpl",
    "dlint.images": "tag_digest",
    "dlint.images.facts": "ImageFacts RegistrySettings",
    "dlint.layers": "Build Options Stage State Step",
    "dlint.layers.arrivals": "Arrival Arrivals arrivals names_below path_of",
    "dlint.layers.dependencies": "dependency_folders",
    "dlint.layers.destinations": "Destinations destinations",
    "dlint.layers.estimate": "packed",
    "dlint.layers.leaving_out": "leave_out",
    "dlint.layers.mounts": "Mounted is_stored meant_for mounts_of",
    "dlint.layers.needs": "Needs family folders_of is_system_manager lock_names needs uses_vendor",
    "dlint.layers.neighbours": "Base Neighbours neighbours shipped_bases",
    "dlint.layers.scope": "join",
    "dlint.layers.selection": "Selection",
    "dlint.layers.shipping": "Carried Shipping copies_from_stages shipping",
    "dlint.layers.stages": "find_stage",
    "dlint.layers.standing": "Standing standing",
    "dlint.layers.stored": "Storage Stored storage",
    "dlint.layers.tags": "Precision TagParts moving_tag tag_parts tag_precision",
    "dlint.layers.tools": "version_of",
    "dlint.layers.tree": "within",
    "dlint.layers.uses": "OFFICIAL ImageUse image_uses",
    "dlint.layers.volatility": (
        "Changes built_stages changes is_dependency_list is_placeholder is_source passed_afresh "
        "takes_whole_context volatile_files"
    ),
    "dlint.layers.weights": (
        "base_packages cache_bytes development_bytes fetched_bytes installed_bytes layer_bytes layers_bytes "
        "recommended_bytes stored_bytes takes_recommended"
    ),
    "dlint.layers.writing": "base_may_hold may_write",
    "dlint.lazy": "regex",
    "dlint.merging": "merge_runs",
    "dlint.moving": "crosses_settings fold insert_before lines_of move_before move_behind place_behind removals",
    "dlint.plugins": "walk_rules",
    "dlint.reference": "Reference parse_reference",
    "dlint.report": "Diagnostic FileReport Location Report",
    "dlint.rule": "Basis Context Cost Finding Fix Related Rule Safety Severity Spanned",
    "dlint.shell": (
        "CacheKept CacheLeft Clean Clone Command Create Delete Effect Effects Extract Fetch Install Package Place "
        "Redirect Refresh Remove Rewrite Script ShellWord Unknown deletes emptied verifies"
    ),
    "dlint.shell.append": "add_mount append_command put_behind said",
    "dlint.source": "Edit Mapped Position Source Span",
    "dlint.splitting": "copies_of",
    "dlint.syntax": (
        "Add Arg Cmd Comment Copy Directive Dockerfile Entrypoint Env Expose Flag From Healthcheck Heredoc "
        "Instruction Label Maintainer Mount Onbuild Pair Run Shell Stopsignal Transfer User Volume Word Workdir"
    ),
    "dlint.units": "human_bytes parse_bytes",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "OFFICIAL",
    "Add",
    "Arg",
    "Arrival",
    "Arrivals",
    "Base",
    "Basis",
    "Build",
    "BuildContext",
    "CacheKept",
    "CacheLeft",
    "Carried",
    "Changes",
    "Clean",
    "Clone",
    "Cmd",
    "Command",
    "Comment",
    "Context",
    "Copy",
    "Cost",
    "Create",
    "Delete",
    "Destinations",
    "Diagnostic",
    "Directive",
    "DlintError",
    "Dockerfile",
    "Edit",
    "Effect",
    "Effects",
    "Entry",
    "Entrypoint",
    "Env",
    "Expose",
    "Extract",
    "Fetch",
    "FileReport",
    "Finding",
    "Fix",
    "Flag",
    "From",
    "Healthcheck",
    "Heredoc",
    "IgnoreFile",
    "ImageFacts",
    "ImageUse",
    "Install",
    "Instruction",
    "Label",
    "Location",
    "Maintainer",
    "Mapped",
    "Mount",
    "Mounted",
    "Needs",
    "Neighbours",
    "Onbuild",
    "Options",
    "Package",
    "Pair",
    "Place",
    "Position",
    "Precision",
    "Redirect",
    "Reference",
    "Refresh",
    "RegistrySettings",
    "Related",
    "Remove",
    "Report",
    "Rewrite",
    "Rule",
    "Run",
    "Safety",
    "Script",
    "Selection",
    "Severity",
    "Shell",
    "ShellWord",
    "Shipping",
    "Source",
    "Span",
    "Spanned",
    "Stage",
    "Standing",
    "State",
    "Step",
    "Stopsignal",
    "Storage",
    "Stored",
    "TagParts",
    "Transfer",
    "Unknown",
    "User",
    "Volume",
    "Word",
    "Workdir",
    "add_mount",
    "append_command",
    "arrivals",
    "base_may_hold",
    "base_packages",
    "built_stages",
    "cache_bytes",
    "changes",
    "copies_from_stages",
    "copies_of",
    "crosses_settings",
    "deletes",
    "dependency_folders",
    "destinations",
    "development_bytes",
    "emptied",
    "family",
    "fetched_bytes",
    "find_stage",
    "fold",
    "folders_of",
    "hookimpl",
    "human_bytes",
    "image_uses",
    "insert_before",
    "installed_bytes",
    "is_dependency_list",
    "is_placeholder",
    "is_source",
    "is_stored",
    "is_system_manager",
    "join",
    "layer_bytes",
    "layers_bytes",
    "leave_out",
    "lines_of",
    "lock_names",
    "may_write",
    "meant_for",
    "merge_runs",
    "mounts_of",
    "move_before",
    "move_behind",
    "moving_tag",
    "names_below",
    "needs",
    "neighbours",
    "packed",
    "parse_bytes",
    "parse_reference",
    "passed_afresh",
    "path_of",
    "place_behind",
    "put_behind",
    "recommended_bytes",
    "regex",
    "removals",
    "said",
    "shipped_bases",
    "shipping",
    "standing",
    "storage",
    "stored_bytes",
    "tag_digest",
    "tag_parts",
    "tag_precision",
    "takes_recommended",
    "takes_whole_context",
    "uses_vendor",
    "verifies",
    "version_of",
    "volatile_files",
    "walk_rules",
    "within",
]


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module 'dlint' has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
