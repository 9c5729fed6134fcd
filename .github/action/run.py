"""The action's one step: install dlint into a folder of its own, then check, annotate and sum up,
compare a pull request with its base and comment on it; or record the facts of an image.

Reads INPUT_*, the event and the runner's own variables; writes to GITHUB_OUTPUT and
GITHUB_STEP_SUMMARY. Runs on the standard library alone, on every system that has runners. The token
is taken out of the environment first, and given to `dlint comment` alone.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

ACTION = Path(__file__).resolve().parents[2]
CANNOT_TELL = 2
NOTE, ERROR = "dlint: ", "dlint: error: "
# Inputs that limit what is pushed, and the options that they become.
LIMITS = ("budget", "max-image-size", "max-growth")
SUMMARY = 1_000_000  # bytes; the runner drops a summary of more than 1 MiB


class Job(NamedTuple):
    """What the inputs ask for. `options` are those of `dlint check`, `base` is the commit that the
    event names, empty for none.
    """

    dlint: Path
    paths: list[str]
    options: list[str]
    project: str
    limits: list[str]
    base: str
    token: str


def main() -> int:
    """Return the worst exit status of what was run, or 2 where it could not be run at all."""
    token = os.environ.pop("INPUT_TOKEN", "").strip()
    try:
        options = shlex.split(setting("ARGS"))
    except ValueError as error:
        return fail(f"the input `args` cannot be read: {error}")
    project = setting("PROJECT") or "."
    paths = [line.strip() for line in setting("PATHS").splitlines() if line.strip()] or [project]
    image = setting("RECORD_FACTS")
    if image and len(paths) > 1:
        return fail(
            "the input `record-facts` names the image of one Dockerfile, but `paths` names several"
        )
    for name in ("context", "fail-on", "against"):
        if (value := setting(name)) and not (image and name != "context"):
            options.append(f"--{name}={value}")
    try:
        dlint = install(Path(os.environ["RUNNER_TEMP"]) / "dlint", setting("VERSION"))
    except subprocess.CalledProcessError as error:
        print(error.stdout)
        return fail("dlint could not be installed")
    if image:
        return record(dlint, image, options, paths[0])
    limits = [f"--{name}={value}" for name in LIMITS if (value := setting(name))]
    job = Job(dlint, paths, options, project, limits, base_commit(), token)
    return max(change(job), check(job))


def check(job: Job) -> int:
    """Check once, for the annotations, the summary and SARIF; the exit status."""
    options = [*job.options, "--output-format=github"]
    if sarif := setting("SARIF_FILE"):
        options.append(f"--output-format=sarif={sarif}")
        output("sarif-file", sarif)
    command = [job.dlint, "check", *options, "--", *job.paths]
    return subprocess.run(command, check=False).returncode


def change(job: Job) -> int:
    """Say what merging pushes, or where no pull request is, what is pushed now if it is limited;
    the exit status.
    """
    if not (job.base or job.limits):
        return 0
    file = Path(os.environ["RUNNER_TEMP"]) / "dlint-diff.md"
    file.unlink(missing_ok=True)
    written = ["--output-format", "markdown", "--output-file", str(file)]
    if job.base:
        # The merge base: a checkout of the branch itself may lack what came to the base since.
        base, names = f"{job.base}...", images(job)
        where = ["--", base, *names] if names else [f"--project={job.project}", "--", base]
        command = ["diff", *written, "--fail-on=never", *job.limits, *where]
    else:
        names = images(job)
        where = ["--", *names] if names else ["--all", "--", job.project]
        command = ["push", *written, *job.limits, *where]
    done = subprocess.run(
        [job.dlint, *command], check=False, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    sys.stderr.write(done.stderr)
    sys.stderr.flush()
    if file.is_file():
        output("diff-file", str(file))
        sum_up(file)
        if setting("COMMENT").lower() == "true" and job.base:
            comment(job, file)
    # What cannot be told fails a job that limits something; without limits nothing depends on it.
    fails = done.returncode and (job.limits or done.returncode != CANNOT_TELL)
    for told in said(done.stderr) if done.returncode else ():
        annotate("error" if fails else "warning", told)
    return done.returncode if fails else 0


def images(job: Job) -> list[str]:
    """Give the paths as the images to compare, where none of them is a folder to search."""
    return job.paths if all(Path(path).is_file() for path in job.paths) else []


def comment(job: Job, file: Path) -> None:
    """Keep the pull request's comment up to date. That it cannot be written fails no job."""
    if not job.token:
        annotate("warning", "the input `comment` needs a `token`")
        return
    done = subprocess.run(
        [job.dlint, "comment", f"--key={job.project}", str(file)],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "DLINT_TOKEN": job.token},
    )
    sys.stderr.write(done.stderr)
    sys.stderr.flush()
    is_refused = "no comment was written" in done.stderr
    for told in said(done.stderr) if done.returncode or is_refused else ():
        annotate("notice" if is_refused else "warning", told)


def sum_up(file: Path) -> None:
    """Append what was written to the job's summary, if it has room."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    path = Path(summary)
    data = file.read_bytes() + b"\n"
    if len(data) + (path.stat().st_size if path.is_file() else 0) < SUMMARY:
        with path.open("ab") as out:
            out.write(data)


def base_commit() -> str:
    """Give the commit that a pull request or a merge queue's group goes on top of; empty for other
    events, and where that is no commit's name.
    """
    try:
        event = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
        request = event.get("pull_request")
        base = request["base"]["sha"] if request else event["merge_group"]["base_sha"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    is_commit = isinstance(base, str) and base.isalnum() and base.isascii()
    return base if is_commit else ""


def record(dlint: Path, image: str, options: list[str], path: str) -> int:
    """Write what `image` tells of the Dockerfile at `path`, and tell whether that changed
    anything.
    """
    dockerfile = "Dockerfile" if path == "." else path
    before = facts()
    sys.stdout.flush()
    status = subprocess.run(
        [dlint, "facts", "record", *options, "--from", image, "--", dockerfile], check=False
    ).returncode
    output("facts-changed", str(facts() != before).lower())
    return status


def facts() -> bytes | None:
    """Give what the workspace's facts file holds, None where there is none."""
    path = Path(os.environ["GITHUB_WORKSPACE"]) / ".dlint" / "facts.json"
    return path.read_bytes() if path.exists() else None


def install(home: Path, version: str) -> Path:
    """Put dlint into a virtual environment at `home`; the path of its command."""
    builder = venv.EnvBuilder(with_pip=True, clear=True)
    builder.create(home)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(scripts / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    if version:
        run(*pip, f"dlint-dockerfile=={version}")
    else:
        # The ref of the action is the version of the tool, and its lock file that of everything
        # below.
        run(*pip, "--require-hashes", "-r", str(ACTION / "requirements" / "run.lock"))
        run(*pip, "--no-deps", str(ACTION))
    return scripts / "dlint"


def run(*command: str) -> None:
    """Run `command` in silence; CalledProcessError carries what it said."""
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def setting(name: str) -> str:
    """Give the action's input `name`, empty where it is not set."""
    return os.environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def said(text: str) -> list[str]:
    """Give what dlint told on its standard error, each with its hint, without the notes before an
    error.
    """
    _, is_error, error = text.rpartition(ERROR)
    told = (error if is_error else text.removeprefix(NOTE)).split(f"\n{NOTE}")
    return [" ".join(each.split()) or "see the log" for each in told]


def fail(why: str) -> int:
    """Annotate the job with the reason, and give the status of a run that could not tell."""
    annotate("error", why)
    return CANNOT_TELL


def annotate(kind: str, text: str) -> None:
    """Write one annotation; what it says may come from a stranger, and must stay one command."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind} title=dlint::{escaped}", flush=True)


def output(name: str, value: str) -> None:
    """Set an output of this step."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={' '.join(value.splitlines())}\n")


if __name__ == "__main__":
    code = main()
    output("exit-code", str(code))
    sys.exit(code)
