"""The hooks that plugins implement; dlint's own parts use the same ones.

A plugin is a module (or object) with functions marked `@dlint.hookimpl`, announced in its
packaging:

    [project.entry-points.dlint]
    my-plugin = "my_plugin.hooks"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.images.facts import ImageFacts, RegistrySettings
    from dlint.lint.report import Reporter
    from dlint.packages import Answer, OnlineSettings, SizeRequest
    from dlint.rule.rule import Rule


@hookspec
def dlint_rules() -> Iterable[Rule]:  # type: ignore[empty-body]  # pluggy reads only the signature
    """Return rules to add. A name that is taken already ends the run."""


@hookspec
def dlint_reporters() -> Mapping[str, Reporter]:  # type: ignore[empty-body]  # as above
    """Return output formats to add to `dlint check --output-format`, by name."""


@hookspec(firstresult=True)
def dlint_image_facts(source: str, platform: str, settings: RegistrySettings) -> ImageFacts | None:
    """Return the facts of the image that `source` names (`transport:reference`), None for another's
    transport.

    `platform` is `os/architecture[/variant]`. Raises DlintError where the image cannot be read.
    """


@hookspec(firstresult=True)
def dlint_package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer | None:
    """Return what packages weigh, None where another source may know them.

    A plugin brings a company's index so; `dlint.packages` holds what is asked and answered. Nothing
    may be asked over the network unless `settings.online`. An answer says what it lacks: no size is
    made up. Raises DlintError only where the request itself makes no sense.
    """
