"""Comments that take findings away.

`# dlint: ignore[RULE, RULE] reason` above an instruction or inside it, `ignore-stage[…]` above a
FROM, `ignore-file[…]` above the first instruction. RULE is a rule, a family or `all`. hadolint's
own comments (`# hadolint ignore=DL3009`) and BuildKit's (`# check=skip=CopyIgnoredFile`) take away
the rules that name the code among their aliases; of those nothing is ever reported as unused or
unknown.
"""

from __future__ import annotations

import re
import sys

from dlint.findings import Finding
from dlint.rule.own import SUPPRESSION_INVALID, SUPPRESSION_UNUSED
from dlint.rule.selectors import ALL, covers, names, nearest
from dlint.syntax import From
from dlint.text.patterns import regex
from dlint.text.source import Span
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dlint.rule.rule import Rule
    from dlint.syntax import Dockerfile, Instruction
    from dlint.syntax.instructions import Comment, Directive

_OURS = regex(
    r"dlint(?:\s*(?P<colon>:)\s*|\s+(?=ignore[\w-]*\s*\[))(?P<verb>[\w-]+)\s*(?:\[(?P<selectors>[^\]]*)\])?",
    re.IGNORECASE,
)
_HADOLINT = regex(
    r"hadolint\s+(?P<scope>global\s+)?ignore\s*=\s*(?P<codes>[\w, \t]+)", re.IGNORECASE
)
_CODE = regex(r"[A-Z]+\d+")  # as linters have them; BuildKit's checks have names
VERBS = ("ignore", "ignore-stage", "ignore-file")


class Suppression(NamedTuple):
    """One selector of one comment: takes away findings of the Dockerfile inside `scope`, or all
    where that is None.

    `span` is the selector's own; `judged`: whether it is reported where it takes nothing away.
    """

    selectors: tuple[str, ...]
    scope: Span | None
    span: Span
    judged: bool

    def covers(self, rule: str, at: Span | None) -> bool:
        """Tell whether a finding of `rule` goes; `at` is None for one outside the Dockerfile."""
        inside = self.scope is None or (
            at is not None and self.scope.start <= at.start < self.scope.end
        )
        return inside and any(covers(selector, rule) for selector in self.selectors)


class Ignores:
    """The suppressions of one file, and what is wrong with them."""

    def __init__(self, dockerfile: Dockerfile, rules: Mapping[str, Rule]) -> None:
        """Read the comments of `dockerfile`; `rules` are all rules there are."""
        self._dockerfile = dockerfile
        self._rules = rules
        self._used: set[Suppression] = set()
        self._first_line = min((i.line for i in dockerfile.instructions), default=sys.maxsize)
        self.suppressions: list[Suppression] = []
        self.invalid: list[tuple[Rule, Finding]] = []
        for comment in dockerfile.comments:
            self._read(comment)
        for directive in dockerfile.directives:
            if directive.name == "check":
                self._read_check(directive)

    def suppress(self, rule: Rule, finding: Finding) -> bool:
        """Tell whether a finding goes, and remember what took it away."""
        at = None if finding.source is not None else finding.at.span
        taking = [each for each in self.suppressions if each.covers(rule.name, at)]
        self._used.update(taking)
        return bool(taking)

    def unused(self, ran: Collection[str]) -> Iterator[tuple[Rule, Finding]]:
        """Yield a finding for each suppression that took nothing away though its rules, `ran`,
        looked at the file.
        """
        for each in self.suppressions:
            if (
                each.judged
                and each not in self._used
                and self._could_be_used(each.selectors[0], ran)
            ):
                message = f"`{each.selectors[0]}` is ignored here, but finds nothing"
                finding = Finding(_At(each.span), message, help="remove it from the comment")
                yield SUPPRESSION_UNUSED, finding

    def _could_be_used(self, selector: str, ran: Collection[str]) -> bool:
        covered = [rule for rule in self._rules.values() if covers(selector, rule.name)]
        own = (
            selector.partition("/")[0] == SUPPRESSION_UNUSED.family
        )  # nobody asks whether those are used
        return (
            not own
            and any(r.name in ran for r in covered)
            and all(r.name in ran for r in covered if r.default)
        )

    def _read(self, comment: Comment) -> None:
        head = comment.text[:8].lower()
        ours = _OURS.match(comment.text) if head.startswith("dlint") else None
        if ours is not None:
            self._read_ours(comment, ours)
        theirs = _HADOLINT.match(comment.text) if head == "hadolint" else None
        if theirs is not None:
            scope = None if theirs["scope"] else self._instruction_span(comment)
            self._add_theirs(re.split(r"[,\s]+", theirs["codes"].strip()), scope, comment.span)

    def _read_check(self, directive: Directive) -> None:
        """Read BuildKit's own `# check=skip=NAME,NAME;error=true`, which holds for the file."""
        for field in directive.value.split(";"):
            key, _, listed = field.partition("=")
            if key.strip().lower() == "skip":
                skipped = [name.strip() for name in listed.split(",")]
                if ALL in (name.lower() for name in skipped):
                    skipped = self._checks
                self._add_theirs(skipped, None, directive.span)

    @property
    def _checks(self) -> list[str]:
        """The names of BuildKit's checks that rules have among their aliases."""
        aliases = (alias for rule in self._rules.values() for alias in rule.aliases)
        return [alias for alias in aliases if not _CODE.fullmatch(alias)]

    def _add_theirs(self, codes: Iterable[str], scope: Span | None, at: Span) -> None:
        """Take away the rules that another program calls so."""
        wanted = {code.upper() for code in codes}
        rules = tuple(
            rule.name
            for rule in self._rules.values()
            if any(alias.upper() in wanted for alias in rule.aliases)
        )
        if rules:
            self.suppressions.append(Suppression(rules, scope, at, judged=False))

    def _read_ours(self, comment: Comment, match: re.Match[str]) -> None:
        verb, listed = match["verb"].lower(), match["selectors"]
        if not match["colon"]:
            self._refuse(comment.span, f"a colon is missing: `# dlint: {verb}[…]`")
        elif verb not in VERBS:
            self._refuse(
                comment.span,
                f"{match['verb']} means nothing here; write ignore[…], ignore-stage[…] or"
                " ignore-file[…]",
            )
        elif not (listed or "").strip():
            self._refuse(
                comment.span, f"{verb} needs a list of rules: `# dlint: {verb}[RULE] reason`"
            )
        elif verb == "ignore-file" and comment.line > self._first_line:
            self._refuse(comment.span, "ignore-file belongs before the first instruction")
        elif verb == "ignore-stage" and not isinstance(self._instruction(comment), From):
            self._refuse(comment.span, "ignore-stage belongs before a FROM")
        else:
            scope = {"ignore": self._instruction_span, "ignore-stage": self._stage_span}.get(verb)
            self._add(comment, match, scope(comment) if scope else None)

    def _add(self, comment: Comment, match: re.Match[str], scope: Span | None) -> None:
        start = self._dockerfile.source.text.index(comment.text, comment.span.start) + match.start(
            "selectors"
        )
        known = names(self._rules)
        for each in re.finditer(r"[^,\s](?:[^,]*[^,\s])?", match["selectors"]):
            selector = each[0].lower()
            span = Span(start + each.start(), start + each.end())
            if selector in known:
                self.suppressions.append(Suppression((selector,), scope, span, judged=True))
            else:
                meant = nearest(selector, known)
                hint = f"; did you mean {meant}?" if meant else ""
                self._refuse(span, f"no rule or family is called {each[0]}{hint}")

    def _refuse(self, span: Span, message: str) -> None:
        self.invalid.append((SUPPRESSION_INVALID, Finding(_At(span), message)))

    def _instruction(self, comment: Comment) -> Instruction | None:
        return self._dockerfile.instruction_from(comment.line)

    def _instruction_span(self, comment: Comment) -> Span:
        instruction = self._instruction(comment)
        return instruction.span if instruction else comment.span

    def _stage_span(self, comment: Comment) -> Span:
        start = self._instruction_span(comment).start
        later = (
            i.span.start
            for i in self._dockerfile.instructions
            if isinstance(i, From) and i.span.start > start
        )
        return Span(start, next(later, len(self._dockerfile.source.text)))


class _At(NamedTuple):
    span: Span
