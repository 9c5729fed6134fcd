"""Where rules, output formats and image facts come from: dlint's own parts and the installed
plugins.

Nothing is ever taken from the repository that is being checked: its pull requests must not run code
here.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from importlib import import_module

from dlint.errors import DlintError
from dlint.rule.rule import RULES_PACKAGE, Rule
from dlint.text.values import NamedTuple
from dlint.typed import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    import pluggy

    from dlint.images.facts import ImageFacts, RegistrySettings
    from dlint.lint.report import Reporter
    from dlint.packages import Answer, OnlineSettings, SizeRequest

T = TypeVar("T")

GROUP = "dlint"
BUILT_IN = "dlint"
# dlint's own part above this folder, by name: it stands on this folder, not the reverse.
REPORTERS_PACKAGE = "dlint.reporters"
_GROUP_HEADER = b"[dlint]"


class Plugin(NamedTuple):
    """An installed plugin: the name of its entry point, its distribution and that one's version."""

    name: str
    distribution: str
    version: str
    module: object


class Plugins:
    """All registered parts. Raises DlintError, naming the plugin, where one does not load or is
    broken.
    """

    def __init__(self, *, third_party: bool = True) -> None:
        """Register dlint's own parts and, unless told otherwise, the installed plugins."""
        self.installed: tuple[Plugin, ...] = tuple(installed_plugins()) if third_party else ()
        if self.installed:
            self.manager  # noqa: B018  a plugin that is broken is told of before anything is asked

    @cached_property
    def manager(self) -> pluggy.PluginManager:
        """Pluggy's manager, which knows all parts; made where a plugin is there: with its own
        imports it costs as much as a whole small check.
        """
        import pluggy

        from dlint.hooks import hookimpl
        from dlint.lint import hookspecs

        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        for name in vars(manager.hook):
            hookimpl(getattr(BuiltIn, name))
        manager.register(BuiltIn(), BUILT_IN)
        for plugin in self.installed:
            try:
                manager.register(plugin.module, plugin.name)
                manager.check_pending()
            except (ValueError, pluggy.PluginValidationError) as error:
                raise _broken(plugin, error) from error
        return manager

    @property
    def _is_alone(self) -> bool:
        """Whether dlint's own part is all that answers."""
        return not self.installed and "manager" not in vars(self)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """All rules by name, in the order of their names."""
        found: dict[str, tuple[Rule, str]] = {}
        for origin, rules in self._rules:
            for rule in rules:
                if not isinstance(rule, Rule):
                    raise DlintError(
                        f"plugin {origin}: dlint_rules gives {rule!r}, which is not a Rule"
                    )
                if rule.name in found:
                    raise DlintError(
                        f"plugin {origin}: the rule {rule.name} exists already, in"
                        f" {found[rule.name][1]}"
                    )
                found[rule.name] = rule, origin
        return {name: found[name][0] for name in sorted(found)}

    @cached_property
    def _rules(self) -> Sequence[tuple[str, Sequence[Rule]]]:
        return list(self._answers("dlint_rules", tuple))

    def rules_of(self, plugin: str) -> Sequence[str]:
        """Return the names of the rules that `plugin` adds, `dlint` for dlint's own."""
        return [rule.name for origin, rules in self._rules if origin == plugin for rule in rules]

    @cached_property
    def reporters(self) -> Mapping[str, Reporter]:
        """All output formats by name; a plugin may replace one of dlint's."""
        return {
            name: each
            for _, part in self._answers("dlint_reporters", dict)
            for name, each in part.items()
        }

    def _answers(self, hook: str, read: Callable[[Any], T]) -> Iterator[tuple[str, T]]:
        """Yield who answers `hook`, and the answer, dlint's own first."""
        for name, answer in self._implementations(hook):
            try:
                yield name, read(answer())
            except DlintError:
                raise
            except Exception as error:
                raise DlintError(
                    f"plugin {name}: {hook} failed: {type(error).__name__}: {error}"
                ) from error

    def _implementations(self, hook: str) -> Iterator[tuple[str, Callable[[], Any]]]:
        if self._is_alone:
            yield BUILT_IN, getattr(BuiltIn(), hook)
            return
        for each in getattr(self.manager.hook, hook).get_hookimpls():
            yield each.plugin_name, each.function

    def _first_answer(self, hook: str, **asked: Any) -> Any:  # noqa: ANN401  whatever it answers
        """Return what the first answers to `hook` who has an answer, plugins before dlint's own."""
        answering = BuiltIn() if self._is_alone else self.manager.hook
        return getattr(answering, hook)(**asked)

    def image_facts(self, source: str, platform: str, settings: RegistrySettings) -> ImageFacts:
        """Ask the plugins, then dlint, for the facts of an image; raises DlintError where nobody
        can tell.
        """
        facts: ImageFacts | None = self._first_answer(
            "dlint_image_facts", source=source, platform=platform, settings=settings
        )
        if facts is None:
            raise DlintError(f"{source}: not a transport that dlint or a plugin knows")
        return facts

    def package_sizes(self, request: SizeRequest, settings: OnlineSettings) -> Answer | None:
        """Ask the plugins, then dlint's own sources, what packages weigh; None where nobody knows
        of such packages.
        """
        try:
            answer: Answer | None = self._first_answer(
                "dlint_package_sizes", request=request, settings=settings
            )
        except DlintError:
            raise
        except Exception as error:
            raise DlintError(
                f"dlint_package_sizes failed: {type(error).__name__}: {error}"
            ) from error
        return answer


class BuiltIn:
    """dlint's own parts, which answer the hooks that every plugin answers."""

    def dlint_rules(self) -> Iterable[Rule]:
        """Return the rules that come with dlint, as their index describes them."""
        from dlint.rule.own import RULES
        from dlint.rule.shelf import shelved

        return [*RULES, *shelved(RULES_PACKAGE)]

    def dlint_reporters(self) -> Mapping[str, Reporter]:
        """Return the output formats; each imports its module when it is used."""
        found: Mapping[str, Reporter] = import_module(REPORTERS_PACKAGE).REPORTERS
        return found

    def dlint_image_facts(
        self, source: str, platform: str, settings: RegistrySettings
    ) -> ImageFacts | None:
        """Read the transports that dlint knows."""
        from dlint.images.asking import read_facts

        return read_facts(source, platform=platform, settings=settings)

    def dlint_package_sizes(self, request: SizeRequest, settings: OnlineSettings) -> Answer | None:
        """Ask the indexes that dlint knows."""
        from dlint.sizes.indexes.own import package_sizes

        return package_sizes(request, settings)


def walk_rules(package: str) -> Iterator[Rule]:
    """Yield the `rule` of each module two levels below `package`: `PACKAGE.family.rule_name`.

    Plugins with many rules may use it too. Raises DlintError where the package holds no family at
    all, as a broken installation does: no rule must never look like no finding.
    """
    from pkgutil import iter_modules

    families = [each.name for each in iter_modules(import_module(package).__path__) if each.ispkg]
    if not families:
        raise DlintError(f"no rule is installed below {package}", "install dlint again")
    for family in families:
        for module in iter_modules(import_module(f"{package}.{family}").__path__):
            rule: Rule = import_module(f"{package}.{family}.{module.name}").rule
            yield rule


def installed_plugins() -> Iterator[Plugin]:
    """Load the plugins of the installed distributions.

    A scan for the group's header comes first, since importlib.metadata costs more than a whole
    small check.
    """
    folders = list(_announcing())
    if not folders:
        return
    from importlib.metadata import Distribution

    seen: set[str] = set()
    for folder in folders:
        distribution = Distribution.at(folder)
        if distribution.name in seen:
            continue
        seen.add(distribution.name)
        for point in distribution.entry_points.select(group=GROUP):
            plugin = Plugin(point.name, distribution.name, distribution.version, None)
            try:
                yield plugin._replace(module=point.load())
            except Exception as error:
                raise _broken(plugin, error) from error


def _announcing() -> Iterator[str]:
    """Yield the `.dist-info` folders on `sys.path` that announce a plugin; the working directory is
    left out.
    """
    here = os.path.realpath(os.getcwd())  # noqa: PTH109  pathlib costs more than the scan
    for folder in sys.path:
        if not folder or os.path.realpath(folder) == here:
            continue
        try:
            entries = sorted(
                entry.path for entry in os.scandir(folder) if entry.name.endswith(".dist-info")
            )
        except OSError:
            continue  # a zip archive, or an entry that does not exist
        for entry in entries:
            try:
                with open(os.path.join(entry, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123  as above
                    text = file.read()
            except OSError:
                continue  # most distributions have no entry points
            if _GROUP_HEADER in text and _GROUP_HEADER in map(bytes.strip, text.splitlines()):
                yield entry


def _broken(plugin: Plugin, error: Exception) -> DlintError:
    return DlintError(
        f"plugin {plugin.name} ({plugin.distribution} {plugin.version}) does not load:"
        f" {type(error).__name__}: {error}",
        "fix or uninstall it, or run with --no-plugins",
    )
