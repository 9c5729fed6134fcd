"""Folders of a repository that a build in one of its other folders does without."""

from __future__ import annotations

import re
from collections import Counter

from dlint.errors import DlintError
from dlint.reads.arrivals import arrivals
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival

MUCH = 10  # files of the back end to one of the front end
_ASIDE = regex(
    r"\.(?:github|gitlab|circleci|buildkite|devcontainer|vscode|idea|azure|teamcity)|helm|charts?|k8s|kubernetes|terraform"
    r"|ansible|deploy(?:ment)?s?|infra(?:structure)?|docs?|documentation|docker|compose|\.?ci|examples?",
    re.IGNORECASE,
)
_NODE = frozenset("npm npx yarn pnpm pnpx bun bunx node ng vite webpack gulp next".split())
_BACK_END = frozenset("py rb php go java kt rs cs ex exs scala clj c cpp sql".split())
_FRONT_END = frozenset("js jsx ts tsx mjs vue svelte css less scss sass".split())
# Tailwind from version 4 on looks for the names of its classes in every file of the project
# (https://tailwindcss.com/docs/detecting-classes-in-source-files).
_READS_ALL = regex(r'"@tailwindcss/(?:vite|postcss|cli)"|"tailwindcss":\s*"[\^~>=v]*4')
_WORKS = frozenset(
    "build compile lint test generate codegen typecheck bundle check dump-autoload".split()
)


def work_on_whole_context(build: Build, stage: Stage) -> tuple[Arrival, Run] | None:
    """Return the COPY of the whole context above the first RUN of `stage` that builds, tests,
    checks or generates, and that RUN; None where there are no such two.
    """
    whole = None
    for step in build.steps(stage):
        match step.instruction:
            case Transfer() as transfer:
                arrival = build.fact(arrivals).of(step, transfer)
                whole = arrival if arrival and arrival.whole and arrival.known else whole
            case Run() as run if whole and _works_on_source(build, run):
                return whole, run
    return None


def _works_on_source(build: Build, run: Run) -> bool:
    """Tell whether a RUN builds, tests, checks or generates; a manager that installs knows what it
    reads.
    """
    from dlint.shell.effects import Install, Unknown

    effects = build.effects(run)
    if effects.of(Install) or not effects.of(Unknown):
        return False
    words = (word for command in build.script(run).commands for word in command.args)
    return any(word.form.partition(":")[0] in _WORKS for word in words)


def folders_aside(build: Build, stage: Stage, whole: Arrival) -> Sequence[str]:
    """Return the folders at the root of the context that nothing in a stage seems to read of what a
    COPY brings, those of most files first: charts, pipelines and documents by their names, and the
    back end where the stage only runs Node.
    """
    scripts = build.fact(_package_scripts)
    if _READS_ALL.search(scripts):
        return []
    runs = [each for each in stage.instructions if isinstance(each, Run)]
    below = (each for each in runs if each.index > whole.instruction.index)
    only_node = _NODE.issuperset(
        command.name for each in below for command in build.script(each).commands
    )
    text = " ".join([each.value.text for each in runs]) + scripts
    found = [
        name
        for name, paths in whole.by_folder.items()
        if (_ASIDE.fullmatch(name) or (only_node and _is_back_end(paths)))
        and not _is_named(name, text)
    ]
    return sorted(found, key=lambda name: (-len(whole.by_folder[name]), name))


def _is_named(folder: str, text: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(folder)}(?![\w-])", text) is not None


def _is_back_end(paths: Sequence[str]) -> bool:
    kinds = Counter(path.rpartition(".")[2].lower() for path in paths)
    back = sum(kinds[kind] for kind in _BACK_END)
    return back > MUCH * sum(kinds[kind] for kind in _FRONT_END)


def _package_scripts(build: Build) -> str:
    """Return the text of package.json, which names what its scripts work on; empty without one."""
    try:
        return build.context.read("package.json").decode("utf-8", "replace")
    except DlintError:
        return ""
