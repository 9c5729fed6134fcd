"""dlint: the linter that knows what a Dockerfile costs to push.

`__all__` is the public API: all that a rule or a plugin may import. A name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlint.context import BuildContext, Entry
    from dlint.errors import DlintError
    from dlint.hookspecs import hookimpl
    from dlint.images.facts import ImageFacts, RegistrySettings
    from dlint.layers import Build, Options, Stage, State, Step
    from dlint.layers.tags import Precision, moving_tag, tag_precision
    from dlint.layers.uses import OFFICIAL, ImageUse, image_uses
    from dlint.plugins import walk_rules
    from dlint.reference import Reference, parse_reference
    from dlint.report import Diagnostic, FileReport, Place, Report
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
        Redirect,
        Refresh,
        Remove,
        Rewrite,
        Script,
        ShellWord,
    )
    from dlint.source import Edit, Mapped, Position, Source, Span
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

# Where the names live; the first module that has one gives it, so the cheaper ones stand first.
_HOMES = (
    *("rule", "source", "errors", "units", "syntax", "reference", "layers", "layers.tags", "layers.uses", "shell"),
    *("context", "report", "hookspecs", "plugins", "images.facts"),
)

__all__ = [
    "OFFICIAL",
    "Add",
    "Arg",
    "Basis",
    "Build",
    "BuildContext",
    "CacheKept",
    "CacheLeft",
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
    "ImageFacts",
    "ImageUse",
    "Install",
    "Instruction",
    "Label",
    "Maintainer",
    "Mapped",
    "Mount",
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
    "Severity",
    "Shell",
    "ShellWord",
    "Source",
    "Span",
    "Spanned",
    "Stage",
    "State",
    "Step",
    "Stopsignal",
    "Transfer",
    "User",
    "Volume",
    "Word",
    "Workdir",
    "hookimpl",
    "human_bytes",
    "image_uses",
    "moving_tag",
    "parse_bytes",
    "parse_reference",
    "tag_precision",
    "walk_rules",
]


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name in __all__:
        from importlib import import_module

        for home in _HOMES:
            found: object = vars(import_module(f"dlint.{home}")).get(name)
            if found is not None:
                globals()[name] = found
                return found
    raise AttributeError(f"module 'dlint' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
