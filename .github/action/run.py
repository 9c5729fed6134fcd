"""The action's one step: install dlint into a folder of its own, check, annotate, and write SARIF
if asked to; or record the facts of an image.

Reads INPUT_* and the runner's own variables; writes to GITHUB_OUTPUT and, through dlint, to
GITHUB_STEP_SUMMARY. Runs on the standard library alone, on every system that has runners.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

ACTION = Path(__file__).resolve().parents[2]
CANNOT_TELL = 2


def main() -> int:
    """Return the exit status of `dlint check`, or 2 where it could not be run at all."""
    try:
        options = shlex.split(setting("ARGS"))
    except ValueError as error:
        return fail(f"the input `args` cannot be read: {error}")
    if context := setting("CONTEXT"):
        options += ["--context", context]
    paths = [line.strip() for line in setting("PATHS").splitlines() if line.strip()] or ["."]
    image = setting("RECORD")
    if image and len(paths) > 1:
        return fail(
            "the input `record` names the image of one Dockerfile, but `paths` names several"
        )
    try:
        dlint = install(Path(os.environ["RUNNER_TEMP"]) / "dlint", setting("VERSION"))
    except subprocess.CalledProcessError as error:
        print(error.stdout)
        return fail("dlint could not be installed")
    if image:
        return record(dlint, image, options, paths[0])
    status = check(dlint, options, "github", paths)
    if sarif := setting("SARIF_FILE"):
        # Findings decide once, above; here only the file matters.
        written = check(
            dlint, [*options, "--output-file", sarif, "--fail-on", "never"], "sarif", paths
        )
        status = max(status, written)
        output("sarif-file", sarif)
    return status


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


def check(dlint: Path, options: list[str], form: str, paths: list[str]) -> int:
    """Run `dlint check`, its output to the job's log; its exit status."""
    sys.stdout.flush()
    return subprocess.run(
        [dlint, "check", *options, "--output-format", form, "--", *paths], check=False
    ).returncode


def setting(name: str) -> str:
    """Give the action's input `name`, empty where it is not set."""
    return os.environ.get(f"INPUT_{name}", "").strip()


def fail(why: str) -> int:
    """Annotate the job with the reason, and give the status of a run that could not tell."""
    print(f"::error title=dlint::{why}")
    return CANNOT_TELL


def output(name: str, value: str) -> None:
    """Set an output of this step."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


if __name__ == "__main__":
    code = main()
    output("exit-code", str(code))
    sys.exit(code)
