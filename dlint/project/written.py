"""What a workflow writes into files of the repository before it builds an image of them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from dlint.project.worked_out import Worker

    Table = dict[str, Any]

BUILDS = regex(
    r"\bbuild-push-action@|\b(?:docker|podman|buildah)\b[^\n]{0,200}[ \t](?:build|bud|bake)\b"
)
_WORDS = r"""(?:[^\n;&|<>"']|"(?:[^"\\]|\\.)*+"|'[^']*+')"""
_HERE = r"""["']?(?:\./|\$\{?GITHUB_WORKSPACE\}?/|\$\{\{[ \t]*+github\.workspace[ \t]*+\}\}/)?+"""
_PATH, _QUOTE = r"\w[\w./-]*+", r"[\"']?"
# A whole command, so that no condition before it decides: what prints into a file, also a document
# that follows, what edits one, and what copies one.
_WRITES = regex(
    r"(?m)(?:^|&&)[ \t]*+(?:"
    rf"(?:echo|printf|git|date|jq)\b{_WORDS}*+(?:>>?|\|[ \t]*+tee(?:[ \t]+-a)?)[ \t]*+"
    rf"{_HERE}(?P<file>{_PATH}){_QUOTE}"
    rf"|cat[ \t]*+>>?[ \t]*+{_HERE}(?P<document>{_PATH}){_QUOTE}"
    rf"[ \t]*+<<-?[ \t]*+{_QUOTE}(?P<end>\w++){_QUOTE}"
    r"\n(?:(?![ \t]*+(?P=end)$)[^\n]*+\n){0,200}+[ \t]*+(?P=end)"
    rf"|sed[ \t]+-i{_WORDS}{{1,300}}?[ \t]{_HERE}(?P<edited>{_PATH}){_QUOTE}"
    rf"|(?:cp|mv)[ \t]+(?:-\w+[ \t]+)*+{_HERE}(?P<from>{_PATH}){_QUOTE}"
    rf"[ \t]+{_HERE}(?P<to>{_PATH}){_QUOTE}"
    r")(?=[ \t]*+(?:$|&&))"
)
_CONDITION = regex(r"(?m)^[ \t]*+(?:\[|(?:if|case|cd|for|pushd|test|while)\b)")
# What a step hands on to those after it
# (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
_HANDS_ON = regex(
    r"""\becho[ \t]++["']?(\w+)=([^\n"'|&;>]{0,300}+)(?:["'][ \t]*+)?"""
    r""">>[ \t]*+["']?\$\{?GITHUB_ENV\b"""
)
_VARIABLE = regex(r"\$(?:(\w+)|\{(\w+)\})")


class Job(NamedTuple):
    """A job of a workflow that builds an image: all that it is told, as a text, and what it does
    before: the files that it writes, as paths from the root, with the commands that do, and the
    folders that its installs may fill.
    """

    text: str
    written: dict[str, str]
    filled: frozenset[str]


def written_before_builds(workflow: str, texts: Mapping[str, str]) -> Iterator[Job]:
    """Yield the jobs of a workflow that build an image. The commands that write have their
    variables filled in. What is under a condition, or in another folder, is left out. `texts` are
    the repository's recipes, of which its own actions are some.
    """
    from dlint.manifests.loading import yaml_table
    from dlint.project.filled import filled_by
    from dlint.project.pipelines import jobs_of
    from dlint.project.worked_out import Worker

    worker = Worker("workflow.yml", workflow)
    tree = yaml_table(workflow)
    for job in jobs_of(tree):
        before = _steps_before_build(job, texts)
        if before is None:
            continue
        is_at_root = "defaults" not in job
        is_here = is_at_root and not any(map(_is_elsewhere, before))
        around = {**_variables(tree), **_variables(job)}
        written: dict[str, str] = {}
        for step in before if is_here else ():
            commands = _filled(_commands(step), {**around, **_variables(step)})
            _write(written, commands, worker)
            around.update(_handed_on(step))
        yield Job(str(job), written, filled_by(before if is_at_root else ()))


def _steps_before_build(job: Table, texts: Mapping[str, str]) -> Sequence[Table] | None:
    """Return the steps of a job before the first that builds an image; None where none does."""
    from dlint.manifests.loading import tables
    from dlint.project.own_actions import with_inputs

    steps = with_inputs(tables(job.get("steps")), texts)
    first = next((at for at, step in enumerate(steps) if BUILDS.search(_text_of(step))), None)
    return None if first is None else steps[:first]


def _write(written: dict[str, str], commands: str, worker: Worker) -> None:
    """Put in what some commands write, with what makes the outputs in it; a copy holds what its
    source does.
    """
    from dlint.project.worked_out import followed

    for found in _WRITES.finditer(commands):
        if source := found["from"]:
            source, place = map(posixpath.normpath, (source, found["to"]))
            if source in written:
                written[place] = written[source]
            continue
        path = posixpath.normpath(found["file"] or found["document"] or found["edited"])
        text = f"{found[0]}\n{followed(found[0], commands)}"
        written[path] = f"{written.get(path, '')}\n{text}\n{worker.source(text)}"


def _text_of(step: Table) -> str:
    return f"{step.get('uses')}\n{step.get('run')}"


def _variables(around: Table) -> dict[str, str]:
    """Return the variables that a workflow, a job or a step sets."""
    env = around.get("env")
    told = env.items() if isinstance(env, dict) else ()
    return {name: value for name, value in told if isinstance(value, str)}


def _handed_on(step: Table) -> dict[str, str]:
    """Return the variables that a step sets for those after it; of several branches each value."""
    found: dict[str, str] = {}
    for name, value in _HANDS_ON.findall(str(step.get("run"))) if "if" not in step else ():
        found[name] = f"{found.get(name, '')} {value}".strip()
    return found


def _filled(commands: str, variables: Mapping[str, str]) -> str:
    """Return commands, each on one line, with the variables filled in that are set around them."""

    def value(found: re.Match[str]) -> str:
        return variables.get(found[1] or found[2], found[0])

    return _VARIABLE.sub(value, commands.replace("\\\n", " "))


def _commands(step: Table) -> str:
    """Return the commands of a step that run each time; "" where some may not."""
    run = step.get("run")
    is_sure = isinstance(run, str) and not ({"if", "working-directory"} & step.keys())
    return str(run) if is_sure and not _CONDITION.search(str(run)) else ""


def _is_elsewhere(step: Table) -> bool:
    """Tell whether a step puts the repository into a folder."""
    told = step.get("with")
    is_checkout = "actions/checkout@" in str(step.get("uses"))
    return is_checkout and isinstance(told, dict) and "path" in told
