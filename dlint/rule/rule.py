"""Rules: values and functions, no base class."""

from __future__ import annotations

from dlint.findings import MIN_BYTES, Safety, Severity
from dlint.text.values import NamedTuple
from dlint.typed import Protocol, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import UnionType
    from typing import Any

    from dlint.findings import Finding
    from dlint.rule.build import Build

    Need = type | UnionType | str

# Where the documentation can be read: `[project.urls] Documentation` of pyproject.toml. A test
# compares the two.
SITE = "https://dlint-dockerfile.readthedocs.io/en/stable/"
# The package of dlint's own rules, which stands above this folder.
RULES_PACKAGE = "dlint_rules"

Node = TypeVar("Node", contravariant=True)  # noqa: PLC0105  a rule's author reads `Node`, not `Node_contra`


class Context(NamedTuple):
    """All that a rule sees of the world, read-only: the modelled build and the rule's own settings.

    `settings` holds the options that the rule declares, by name: their defaults, overlaid by the
    configuration's table of the rule's family (`[tool.dlint.pin]`) and then by that of the rule
    itself (`[tool.dlint.pin.base-tag]`). One that is called like a general setting
    (`insecure-registries`) takes that one's value. Beside them stands `min-bytes`. What concerns
    the build (target, arguments, builder) is in `build.options`.
    """

    build: Build
    settings: Mapping[str, Any]

    @property
    def min_bytes(self) -> int:
        """Findings that cost less than this many bytes are worth an info at most (configuration
        `min-bytes`).
        """
        return int(self.settings.get("min-bytes", MIN_BYTES))


class Check(Protocol[Node]):
    """A rule's function: looks at one node and tells what is wrong with it."""

    def __call__(self, node: Node, context: Context, /) -> Iterator[Finding]:
        """Yield what is wrong with `node`."""
        ...


def _as_written(need: Need | tuple[Need, ...]) -> str:
    """Return a need as the index has it: names of kinds, which begin in upper case, and texts,
    which do not, between `|`.
    """
    match need:
        case type():
            return need.__name__
        case str():
            if need[:1].isupper():
                raise ValueError(f"{need!r} looks like a kind")
            return need
    return "|".join(map(_as_written, need if isinstance(need, tuple) else need.__args__))


def page_address(name: str) -> str:
    """Return where the page of dlint's own rule `name` can be read."""
    return f"{SITE}rules/{name}/"


class Rule:
    """A rule: `rule = Rule(__name__, __doc__)` at the top of a module named as the rule.

    `dlint_rules.order.copy_before_install` is `order/copy-before-install`. The docstring is the
    rule's Markdown page: its first paragraph is the summary, its fenced `dockerfile bad` and
    `dockerfile good` blocks are examples that tests run, and pages of dlint's own rules have the
    sections of `dlint.lint.pages.SECTIONS`. `fix` is how safe the rule's fixes are, None
    where it has none.

    `since` is the version that brought the rule, and `preview` that it is on trial: it is silent
    unless `--preview` is given or a selector names the rule itself.

    `options` are settings of the rule's own with their defaults: a bool, an int, a str, a tuple of
    str, or a member of a StrEnum whose members are the choices; configuration is checked against
    the default's type. `user_options` are further ones that a repository's own configuration file
    may not set, since it may come with a stranger's pull request: what opens a connection or makes
    one less safe, reads or writes elsewhere, loads or runs anything.
    `needs` is all that a file must hold so that the rule may find anything there: kinds of nodes
    (`syntax.Arg`) and of what RUNs do (`shell.Install`), texts of instructions in lower case
    (`"--from"`), the context's `facts.IgnoreFile`, and unions and tuples of these, of which one is
    enough. A kind that is named twice must be there twice. Where something is missing the rule is
    not asked, nor is one of dlint's own loaded.
    `local` tells whether findings weigh as much in an image that nobody pushes for others, as those
    of tests and development are: what breaks a build, and what a project forbids, does. Where it is
    None, dlint's own rules are told as infos there, and those of plugins keep their severity.
    `layered` tells whether findings are about the layers of single steps: there are none where all
    steps make one layer on top of the base, which has no cache either.
    `aliases` are what other linters call it (`DL3009`, `CopyIgnoredFile`), whose comments silence
    this rule too. `url` is where the page can be read; dlint's own rules have theirs on its site.
    """

    def __init__(  # noqa: PLR0913  each is a fact of the rule, named at the call
        self,
        module: str,
        doc: str | None,
        *,
        since: str | None = None,
        preview: bool = False,
        severity: Severity = Severity.WARNING,
        default: bool = True,
        fix: Safety | None = None,
        options: Mapping[str, Any] | None = None,
        user_options: Mapping[str, Any] | None = None,
        needs: tuple[Need | tuple[Need, ...], ...] = (),
        local: bool | None = None,
        layered: bool = False,
        aliases: tuple[str, ...] = (),
        url: str | None = None,
    ) -> None:
        """Name the rule by its module's last two parts; `default` tells whether it is on unless
        selected.
        """
        family, name = module.rsplit(".", 2)[-2:]
        self.module = module
        self.family = family.replace("_", "-")
        self.name = f"{self.family}/{name.replace('_', '-')}"
        self.doc = (doc or "").strip()
        self.since = since
        self.preview = preview
        self.severity = severity
        self.default = default
        self.fix = fix
        self.options = {**(options or {}), **(user_options or {})}
        self.user_options = frozenset(user_options or ())
        self.needs = tuple(map(_as_written, needs))
        self.aliases = aliases
        self.layered = layered
        own = module.partition(".")[0] == RULES_PACKAGE
        self.local = not own if local is None else local
        self.url = page_address(self.name) if own and url is None else url
        self.checks: dict[type, list[Check[Any]]] = {}
        self._checks_of: dict[type, Sequence[Check[Any]]] = {}

    @property
    def summary(self) -> str:
        """The page's first paragraph."""
        return " ".join(self.doc.partition("\n\n")[0].split()).rstrip(".")

    def bytes(self, context: Context, option: str) -> int:
        """Return an option of the rule's that is a size (`8MB`), in bytes; raises DlintError where
        it is none.
        """
        from dlint.errors import DlintError
        from dlint.text.units import parse_bytes

        try:
            return parse_bytes(context.settings[option])
        except ValueError as error:
            raise DlintError(f"{self.name.replace('/', '.')}: {option}: {error}") from error

    def looks_at(self, kind: type) -> bool:
        """Tell whether any check takes nodes of `kind`."""
        return any(issubclass(kind, wanted) for wanted in self.checks)

    def checks_of(self, kind: type) -> Sequence[Check[Any]]:
        """Return the checks that take nodes of `kind`."""
        found = self._checks_of.get(kind)
        if found is None:
            found = self._checks_of[kind] = [
                check
                for wanted, checks in self.checks.items()
                if issubclass(kind, wanted)
                for check in checks
            ]
        return found

    def on(self, *kinds: type[T]) -> Callable[[Check[T]], Check[T]]:
        """Register a check for nodes of `kinds`: instructions, `Stage` or `Dockerfile`."""

        def register(check: Check[T]) -> Check[T]:
            for kind in kinds:
                self.checks.setdefault(kind, []).append(check)
            return check

        return register

    def __repr__(self) -> str:
        return f"Rule({self.name})"


T = TypeVar("T")
