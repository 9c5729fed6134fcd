"""Runs the rules over a build and turns what they find into diagnostics."""

from __future__ import annotations

import os
from functools import cached_property
from itertools import chain
from pathlib import Path
from time import process_time

from dlint.config.settings import Configs
from dlint.context import EmptyContext, open_worktree
from dlint.errors import DlintError
from dlint.faces import later
from dlint.findings import Finding, Severity
from dlint.lint.held import Held
from dlint.lint.overtime import MOST_SECONDS, OverdueError, overdue
from dlint.lint.plugins import Plugins
from dlint.lint.report import Diagnostic, FileReport, Location, Note, PlacedEdit, Repair
from dlint.project.discovery import STDIN
from dlint.project.facts_file import find_recorded
from dlint.project.recipes import recipes_around
from dlint.rule.build import Build
from dlint.rule.rule import Context
from dlint.syntax.parser import parse
from dlint.syntax.templates import template_in
from dlint.text.digests import sha256
from dlint.text.repository_files import read, read_if_there, require_inside
from dlint.text.source import Source
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from dlint.config.settings import Overrides, Settings
    from dlint.context import BuildContext
    from dlint.context.opened import Opened
    from dlint.findings import Cost, Fix, Safety
    from dlint.lint import failures as failure
    from dlint.lint.report import Failure, PushLine
    from dlint.model import Options
    from dlint.model.stages import Stage
    from dlint.packages import Answer, OnlineSettings, SizeRequest
    from dlint.project.recipes import Recipes
    from dlint.rule.rule import Check, Rule
    from dlint.syntax import Dockerfile, Instruction
    from dlint.syntax.templates import Template
    from dlint.text.source import Edit, Span

    Read = Callable[[Path], bytes | None]
    Opening = Callable[[Path, Path | None], BuildContext]
else:  # what few checks need
    failure = later("dlint.lint.failures")

# Families that ask in which order steps stand, and what they are given by name.
_OF_TEXT = ("order/", "pin/")


class Task(NamedTuple):
    """One Dockerfile to check: `path` as shown; `text` where it was read already, from standard
    input.
    """

    path: str
    text: bytes | None = None

    def source(self) -> Source:
        """Read it; raises DlintError."""
        return Source.from_bytes(self.path, read(self.path) if self.text is None else self.text)


class Around(NamedTuple):
    """How a run comes by what is around a Dockerfile, and how it is ended.

    `read` gives what other files hold, as an editor may have them unsaved; `opening` the build
    context in a folder, which may be open already. `interrupt` is called before a rule looks at
    anything: what it raises ends the run.
    """

    read: Read = read_if_there
    opening: Opening | None = None
    interrupt: Callable[[], None] | None = None


class Spec(NamedTuple):
    """What a checker is made from; another process can make the same one.

    `push` asks for a line on the next push of each image.
    """

    overrides: Overrides
    third_party: bool = True
    push: bool = False


class Checked(NamedTuple):
    """What a text was modelled as, in each of its contexts, and what was found; a template is not
    modelled.
    """

    builds: tuple[Build, ...]
    report: FileReport


class Checker:
    """Everything a run shares: the plugins, the configuration files, the checks registered for each
    kind of node.
    """

    def __init__(self, spec: Spec, rules: Mapping[str, Rule] | None = None) -> None:
        """Take `rules` instead of those of all plugins where they are given."""
        self.spec = spec
        self.configs = Configs(
            lambda: self.plugins.rules if rules is None else rules,
            spec.overrides,
            self._package_sizes,
        )
        self._runners: dict[int, Runner] = {}
        self.opened: Opened | None = None

    @cached_property
    def plugins(self) -> Plugins:
        """All registered parts; loaded only where something asks for them."""
        return Plugins(third_party=self.spec.third_party)

    def overlaid(self, overrides: Overrides) -> Checker:
        """Return a checker that builds otherwise, with the same plugins."""
        other = Checker(self.spec._replace(overrides=overrides))
        other.plugins = self.plugins
        other.opened = self.opened
        return other

    def share(self) -> Opened:
        """Let the builds from now on, and those of what is overlaid, share their contexts: while
        nothing is written.
        """
        from dlint.context.opened import Opened

        self.opened = Opened()
        return self.opened

    @property
    def opening(self) -> Opening:
        """What opens a context."""
        return self.opened.worktree if self.opened else open_worktree

    def _package_sizes(self, request: SizeRequest, settings: OnlineSettings) -> Answer | None:
        return self.plugins.package_sizes(request, settings)

    def settings(self, task: Task) -> Settings:
        """Return the settings that hold for a Dockerfile."""
        return self.configs.for_path(Path(task.path))

    def options(self, task: Task) -> Options:
        """Return how a Dockerfile is built, and what is recorded of its image."""
        return options_for(self.settings(task), task.path)

    def build(self, task: Task) -> Build:
        """Model a Dockerfile."""
        return open_build(task.source(), self.settings(task), self.opening)

    def check(self, task: Task) -> FileReport:
        """Check one Dockerfile in each of its contexts; a rule that fails on it is in the report.

        Raises DlintError where the file cannot be read.
        """
        builds, report = self.check_text(task.source())
        for build in builds:  # which hold themselves: Python would look for that among all there is
            vars(build).clear()
        return report

    def check_text(self, source: Source, around: Around | None = None) -> Checked:
        """Check a text, whatever the file of its name holds. Raises DlintError."""
        around = around or Around()
        settings = self.configs.for_path(Path(source.path))
        template = template_in(source)
        if template is not None:
            return Checked((), self._check_template(source, template, settings, around))
        opening = around.opening or self.opening
        builds = tuple(
            open_build(source, settings, opening, root=root)
            for root in settings.contexts_of(Path(source.path))
        )
        reports = [self.check_build(build, settings, around) for build in builds]
        return Checked(builds, agreed(reports))

    def _check_template(
        self, source: Source, template: Template, settings: Settings, around: Around
    ) -> FileReport:
        """Say that a file is a template, and tell what is known of it."""
        from dlint.lint.templated import told_of

        options = options_for(settings, source.path)
        recipes = (
            None if source.path == STDIN else recipes_around(Path(source.path).resolve().parent)
        )
        build = Build(parse(template.rest), EmptyContext(), options, recipes)
        report = self.runner(settings).run(build, around.read, around.interrupt)
        written = recipes.dockerfiles.values() if recipes else ()
        return told_of(source, template, report, settings, written)

    def check_build(
        self, build: Build, settings: Settings, around: Around | None = None
    ) -> FileReport:
        """Check what was modelled already."""
        around = around or Around()
        report = self.runner(settings).run(build, around.read, around.interrupt)
        if not self.spec.push or _refused(build) or build.is_edited:
            return report
        try:
            return report._replace(push=_push_line(build, settings), is_pushed=build.is_seen_pushed)
        except Exception as error:  # noqa: BLE001  whatever it is, the findings are kept
            ended = failure.of_file(report.path, error)
            return report._replace(failures=(*report.failures, ended))

    def runner(self, settings: Settings) -> Runner:
        """Return what runs the rules that `settings` switch on."""
        runner = self._runners.get(id(settings))
        if runner is None:
            runner = self._runners[id(settings)] = Runner(settings)
        return runner


def agreed(reports: Sequence[FileReport]) -> FileReport:
    """Return the first report on a Dockerfile that is built in several contexts, with what holds in
    all of them, and what failed in any. A fix is kept where each of them has the same.
    """
    first, *others = reports
    if not others:
        return first
    found = [{each.claim: _mending(each) for each in other.diagnostics} for other in others]
    kept = tuple(
        each
        if all(mending[each.claim] == _mending(each) for mending in found)
        else each._replace(repair=None, help=each.remedy)
        for each in first.diagnostics
        if all(each.claim in mending for mending in found)
    )
    failures = {each.message: each for report in reports for each in report.failures}
    return first._replace(diagnostics=kept, failures=tuple(failures.values()))


def _mending(found: Diagnostic) -> tuple[Safety, list[tuple[str, Span, str]]] | None:
    """Return what a fix does, and how safely, whatever its title says; None without one."""
    repair = found.repair
    if repair is None:
        return None
    return repair.safety, [(each.place.path, each.place.span, each.text) for each in repair.edits]


def _push_line(build: Build, settings: Settings) -> PushLine | None:
    """Foretell the next push of an image."""
    from dlint.push.line import push_line

    path = Path(build.dockerfile.source.path)
    context = settings.context_of(path)
    return push_line(build, None if context == path.parent else context.as_posix())


def _refused(build: Build) -> bool:
    return bool(build.dockerfile.errors)


def options_for(settings: Settings, path: str) -> Options:
    """Return how the Dockerfile at `path` is built, and what is recorded of its image.

    Raises DlintError where the repository's facts file is damaged.
    """
    options = settings.build_options
    if path != STDIN:
        place = Path(os.path.realpath(path))  # `resolve` fails for a link that leads to itself
        recipes = recipes_around(place.parent)
        if recipes.builds and place.is_relative_to(recipes.root):
            inside = place.relative_to(recipes.root).as_posix()
            options = _told_by_recipes(options, recipes, inside, settings)
    if options.recorded is not None:
        return options
    return options._replace(recorded=find_recorded(path, options.target, options.platform))


def _told_by_recipes(options: Options, recipes: Recipes, path: str, settings: Settings) -> Options:
    from dlint.facts.base_states import states_of_own_bases
    from dlint.facts.passed_bases import arguments_of_bases
    from dlint.project.names import given_to
    from dlint.project.pushes import pushed_targets

    told = arguments_of_bases(recipes, path, options)
    options = options._replace(build_args={**told, **options.build_args})
    options = options._replace(
        bases=states_of_own_bases(recipes, path, options), given=given_to(recipes, path)
    )
    if settings.follows_recipes:
        options = options._replace(pushed=pushed_targets(recipes, path))
    return options


def open_build(
    source: Source,
    settings: Settings,
    opening: Opening = open_worktree,
    context: BuildContext | None = None,
    root: Path | None = None,
) -> Build:
    """Model a Dockerfile in its context or in `root`, which `opening` opens, or in one that is open
    already.

    Raises DlintError where the context's folder does not exist, or is a link out of its repository.
    """
    if source.path == STDIN and not settings.names_context:
        return Build(parse(source), context or EmptyContext(), options_for(settings, STDIN))
    path = Path(source.path)
    root = root or settings.context_of(path)
    require_inside(root)
    if not root.is_dir():
        raise DlintError(f"{root}: the build context is not a folder")
    dockerfile = None if source.path == STDIN else path
    recipes = recipes_around(root.resolve())
    return Build(
        parse(source),
        context or opening(root, dockerfile),
        options_for(settings, source.path),
        recipes,
    )


def _notes(build: Build) -> Iterator[str]:
    """Yield what the user should know beside the findings."""
    if build.options.recorded is not None:
        from dlint.sizes.recorded import stale_note

        yield from filter(None, [stale_note(build)])


def _loss_of_fixes(build: Build, found: Iterable[Diagnostic]) -> tuple[str, ...]:
    """Return why fixes of a Dockerfile would be lost; nothing where it has none, or they last."""
    path = build.dockerfile.source.path
    if not any(_edits(each, path) for each in found):
        return ()
    from dlint.facts.generated import generator

    reason = build.fact(generator)
    return (f"{path}: no fixes are offered, since {reason}",) if reason else ()


def _unfixed(found: Diagnostic, path: str) -> Diagnostic:
    """Return a finding without a fix that edits the Dockerfile, with what it would do in words."""
    return found._replace(repair=None, help=found.remedy) if _edits(found, path) else found


def _edits(found: Diagnostic, path: str) -> bool:
    """Tell whether the fix of a finding edits a file."""
    return found.repair is not None and any(each.place.path == path for each in found.repair.edits)


def _counts(build: Build, rule: Rule, finding: Finding) -> bool:
    """Tell whether what a rule finds matters: of single layers only where there are several, of few
    bytes only where somebody may push them, and of what an image costs only where it can be built.
    """
    from dlint.lint.tried import is_idle
    from dlint.reads.missing import missing_sources

    if (rule.layered and build.makes_one_layer) or is_idle(build, rule, finding):
        return False
    return rule.local or not build.fact(missing_sources)


class Runner:
    """The rules that one configuration switches on, ordered by the kind of node that they look
    at.
    """

    def __init__(self, settings: Settings) -> None:
        """Collect the checks once for all files."""
        self._settings = settings
        self._rules = settings.rules
        self._options: dict[str, Mapping[str, Any]] = {}
        self._by_kind: dict[type, Sequence[Rule]] = {}
        self._by_needs: dict[tuple[str, ...], list[str]] = {}
        for name, rule in settings.rules.items():
            self._by_needs.setdefault(rule.needs, []).append(name)

    def run(
        self,
        build: Build,
        read: Read = read_if_there,
        interrupt: Callable[[], None] | None = None,
    ) -> FileReport:
        """Check a build; `read` gives what the other files hold that fixes edit, and `interrupt`
        may end the run by what it raises.
        """
        path = build.dockerfile.source.path
        looked_for = self._settings.rules_for(Path(path))
        ran = {name: rule for name, rule in self._rules.items() if name in looked_for}
        failures: list[Failure] = []
        found = list(self._findings(build, ran, failures, interrupt))
        is_whole = all(each.rule for each in failures)
        ended = ran.keys() - {each.rule for each in failures} if is_whole else set[str]()
        kept, suppressed = self._not_ignored(build.dockerfile, found, ran, ended)
        kept = [each for each in kept if _counts(build, *each)]
        placed = [*self._diagnostics(build, kept, read, failures)]
        diagnostics = _told_once(build, placed, ran) if len(placed) > 1 else placed
        lost = _loss_of_fixes(build, diagnostics)
        return FileReport(
            path,
            tuple(_unfixed(each, path) if lost else each for each in diagnostics),
            self._settings.fail_on,
            suppressed,
            failures=tuple({each.message: each for each in reversed(failures)}.values())[::-1],
            context=build.context.label,
            notes=(*_notes(build), *lost),
        )

    def _not_ignored(
        self,
        dockerfile: Dockerfile,
        found: list[tuple[Rule, Finding]],
        ran: Collection[str],
        ended: Collection[str],
    ) -> tuple[list[tuple[Rule, Finding]], int]:
        """Return what no comment takes away, with what is wrong with such comments, and how many
        went; `ended` are the rules of those that `ran` which looked at all.
        """
        if not dockerfile.comments and not dockerfile.directives:
            return found, 0
        from dlint.lint.ignores import Ignores

        ignores = Ignores(dockerfile, self._settings.all_rules)
        kept = [each for each in found if not ignores.suppress(*each)]
        extra = [each for each in (*ignores.invalid, *ignores.unused(ended)) if each[0].name in ran]
        kept += [each for each in extra if not ignores.suppress(*each)]
        return kept, len(found) + len(extra) - len(kept)

    def _findings(
        self,
        build: Build,
        ran: Collection[str],
        failures: list[Failure],
        interrupt: Callable[[], None] | None,
    ) -> Iterator[tuple[Rule, Finding]]:
        """Walk once: the Dockerfile, the stages, the instructions in their order. A rule that fails
        has ended, and is in `failures`; all end where there is no more time.
        """
        path, until = build.dockerfile.source.path, process_time() + MOST_SECONDS
        asked, ended = self._asked(build, ran), set[str]()
        nodes: Sequence[Any] = (build.dockerfile, *build.stages, *build.dockerfile.instructions)
        contexts: dict[str, Context] = {}
        checks = {kind: self._checks(kind, build, asked, contexts) for kind in {*map(type, nodes)}}
        for node in nodes:
            if process_time() > until:
                failures.append(failure.of_file(path, overdue(path, "checked")))
                return
            for rule, check, context in checks[type(node)]:
                if rule.name in ended:
                    continue
                if interrupt is not None:
                    interrupt()
                try:
                    for finding in check(node, context):
                        yield rule, _require_finding(finding)
                except OverdueError as error:
                    failures.append(failure.of_file(path, error))
                    return
                except (Exception, SystemExit) as error:  # noqa: BLE001  other rules' findings are kept
                    failures.append(failure.of_rule(rule.name, path, node, error))
                    ended.add(rule.name)

    def _asked(self, build: Build, ran: Collection[str]) -> Collection[str]:
        """Leave out the rules that need what the file does not hold, or that tell of what another
        text stands for where the image is built.
        """
        held = Held(build)
        try:
            if build.is_edited:
                ran = [each for each in ran if not each.startswith(_OF_TEXT)]
            asked = (names for needs, names in self._by_needs.items() if held.has_all(needs))
            return frozenset(ran).intersection(chain.from_iterable(asked))
        except Exception:  # noqa: BLE001  what cannot be told of the file, the rules fail to tell
            return ran

    def _options_of(self, rule: Rule) -> Mapping[str, Any]:
        found = self._options.get(rule.name)
        if found is None:
            found = self._options[rule.name] = self._settings.options(rule)
        return found

    def _checks(
        self, kind: type, build: Build, asked: Collection[str], contexts: dict[str, Context]
    ) -> list[tuple[Rule, Check[Any], Context]]:
        """Return the checks that take nodes of a kind, each with what its rule sees; rules that are
        not asked are not loaded.
        """
        rules = self._by_kind.get(kind)
        if rules is None:
            rules = self._by_kind[kind] = [
                rule for rule in self._rules.values() if rule.looks_at(kind)
            ]
        found = []
        for rule in rules:
            if rule.name in asked:
                context = contexts.get(rule.name)
                if context is None:
                    context = contexts[rule.name] = Context(build, self._options_of(rule))
                found += [(rule, check, context) for check in rule.checks_of(kind)]
        return found

    def _diagnostics(
        self,
        build: Build,
        found: Iterable[tuple[Rule, Finding]],
        read: Read,
        failures: list[Failure],
    ) -> list[Diagnostic]:
        placed: list[Diagnostic] = []
        for rule, finding in found:
            try:
                placed.append(self._place(build, rule, finding, read))
            except Exception as error:  # noqa: BLE001  a finding that cannot be shown is the rule's
                path = build.dockerfile.source.path
                failures.append(failure.of_rule(rule.name, path, finding.at, error))
        placed.sort(key=lambda each: each.by_place)
        texts = Texts(build)
        return [each._replace(fingerprint=texts.fingerprint(each)) for each in placed]

    def _place(self, build: Build, rule: Rule, finding: Finding, read: Read) -> Diagnostic:
        source = build.dockerfile.source
        place = Location(finding.source or source, finding.at.span)
        notes = tuple(
            Note(Location(each.source or source, each.at.span), each.message)
            for each in finding.related
        )
        is_mild = not rule.local and _is_pushed_nowhere(build, place)
        cost = _of_no_push(finding.cost) if is_mild else finding.cost
        repair = self._repair(finding.fix, place.source, source, read) if finding.fix else None
        return Diagnostic(
            rule.name,
            self._severity(rule, finding, is_mild=is_mild),
            finding.message,
            place,
            "",
            cost,
            notes,
            repair,
            rule.url,
            finding.help,
            finding.things,
        )

    def _severity(self, rule: Rule, finding: Finding, *, is_mild: bool) -> Severity:
        severity = self._settings.severity(rule, Severity.INFO if is_mild else finding.severity)
        cost = finding.cost
        light = cost is not None and cost.surely_below(self._settings.min_bytes)
        return Severity.INFO if light else severity

    def _repair(self, fix: Fix, own: Source, dockerfile: Source, read: Read) -> Repair:
        root = self._settings.context_of(Path(dockerfile.path))
        sources: dict[str | None, Source] = {None: own}
        for edit in fix.edits:
            if edit.path not in sources:
                path = root / str(edit.path)
                sources[edit.path] = Source.from_bytes(path.as_posix(), read(path) or b"")
        # a rule comes by the same edit more than once where a loop runs a command again and again
        edits = tuple(_placed(edit, sources[edit.path]) for edit in dict.fromkeys(fix.edits))
        return Repair(fix.title, fix.safety, edits)


def _of_no_push(cost: Cost | None) -> Cost | None:
    """Return what is left of a cost where nobody pushes."""
    return cost._replace(push_bytes=None) if cost and cost.image_bytes is not None else None


def _is_pushed_nowhere(build: Build, place: Location) -> bool:
    """Tell whether nobody pushes for others what a place of the Dockerfile is about: its stage, and
    outside of all stages the last one.
    """
    if not build.stages:
        return False
    return build.is_pushed_nowhere(_stage_at(build, place) or build.stages[-1])


def _told_once(
    build: Build, placed: Sequence[Diagnostic], ran: Mapping[str, Rule]
) -> list[Diagnostic]:
    """Return findings of a file, those as one that one change mends."""
    from dlint.lint.told_once import told_once

    layered = {each.rule for each in placed if each.rule in ran and ran[each.rule].layered}
    return told_once(placed, layered, lambda each: _stage_at(build, each.place))


def _stage_at(build: Build, place: Location) -> Stage | None:
    """Return the stage that a place of the Dockerfile stands in."""
    is_own = place.source is build.dockerfile.source
    found = build.dockerfile.instruction_at(place.start.line) if is_own else None
    return build.stage_of(found) if found else None


def _require_finding(found: object) -> Finding:
    if not isinstance(found, Finding):
        raise TypeError(f"{found!r} is not a Finding")
    return found


def _placed(edit: Edit, source: Source) -> PlacedEdit:
    """Give an edit its file, and its text the file's own line ends."""
    text = edit.text.replace("\r\n", "\n").replace("\n", source.newline)
    return PlacedEdit(Location(source, edit.span), text)


class Texts:
    """The normalised instruction behind each diagnostic, and how often one rule has spoken of
    it.
    """

    def __init__(self, build: Build) -> None:
        """Take the instructions of `build`."""
        self._dockerfile = build.dockerfile
        self._seen: dict[bytes, int] = {}
        self._begun: dict[object, Any] = {}

    def fingerprint(self, found: Diagnostic) -> str:
        """Hash rule, instruction and occurrence, so that a baseline survives other lines' coming
        and going.
        """
        place, line = found.place, found.place.start.line
        instruction = self._instruction(place)
        where = (id(place.source), line) if instruction is None else instruction.index
        # a line of 100 kB may have thousands of findings
        begun = self._begun.get((found.rule, where))
        if begun is None:
            text = (
                " ".join(place.source.line_text(line).split())
                if instruction is None
                else _text(instruction)
            )
            begun = sha256(f"{found.rule}\0{text}".encode("utf-8", "surrogatepass"))
            self._begun[found.rule, where] = begun
        key = begun.digest()
        count = self._seen[key] = self._seen.get(key, 0) + 1
        whole = begun.copy()
        whole.update(f"\0{count}".encode())
        return str(whole.hexdigest())[:32]

    def _instruction(self, place: Location) -> Instruction | None:
        """Return the instruction that a place is in; None where it is in none."""
        is_own = place.source is self._dockerfile.source
        return self._dockerfile.instruction_at(place.start.line) if is_own else None


def _text(instruction: Instruction) -> str:
    words = [instruction.name, *instruction.value.text.split()]
    return " ".join(
        [*words, *(word for heredoc in instruction.heredocs for word in heredoc.body.split())]
    )
