"""The GitHub action: its description, and its one step as a runner would start it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from built import layout
from comment_server import playing
from house import ENVIRONMENT, PROJECT, check_schema, commit, copy_project
from past import git

if TYPE_CHECKING:
    from types import ModuleType

ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text())
BAD = "FROM python:3.12-slim\nCOPY . /srv\nRUN pip install -r /srv/requirements.txt\n"


@pytest.fixture
def script() -> ModuleType:
    """Give the step's script as a module, so that its parts can be replaced."""
    found = importlib.util.spec_from_file_location("action_run", PROJECT / ".github/action/run.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a runner's folders and variables, with the workspace that is checked as the working
    directory.
    """
    for name in ("workspace", "temp"):
        (tmp_path / name).mkdir()
    variables = ENVIRONMENT | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(tmp_path / "workspace"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path / "workspace")
    return tmp_path


def outputs(runner: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (runner / "output").read_text().splitlines())


@pytest.mark.parametrize(
    "schema", ["vendor.github-actions", "vendor.github-workflows", "vendor.dependabot"]
)
def test_the_descriptions_keep_to_their_schemas(schema: str) -> None:
    found = {
        "vendor.github-actions": [PROJECT / "action.yml"],
        "vendor.github-workflows": sorted((PROJECT / ".github/workflows").glob("*.yml")),
        "vendor.dependabot": [PROJECT / ".github/dependabot.yml"],
    }[schema]
    assert found
    check_schema("--builtin-schema", schema, *found)


def test_no_script_holds_an_expression() -> None:
    documents = [
        ACTION,
        *(
            yaml.safe_load(path.read_text())
            for path in (PROJECT / ".github/workflows").glob("*.yml")
        ),
    ]
    scripts = [script for document in documents for script in _values(document, "run")]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_every_foreign_action_is_pinned_by_its_hash() -> None:
    documents = [
        ACTION,
        *(
            yaml.safe_load(path.read_text())
            for path in (PROJECT / ".github/workflows").glob("*.yml")
        ),
    ]
    used = {use for document in documents for use in _values(document, "uses") if use != "./"}
    assert used
    assert not [use for use in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", use)]


def test_every_input_is_used() -> None:
    (step,) = (step for step in ACTION["runs"]["steps"] if "run" in step)
    passed = {
        name.removeprefix("INPUT_").lower().replace("_", "-")
        for name in step["env"]
        if name.startswith("INPUT_")
    }
    assert all(
        value == "${{ inputs." + name.removeprefix("INPUT_").lower().replace("_", "-") + " }}"
        for name, value in step["env"].items()
        if name.startswith("INPUT_")
    )
    assert passed == set(ACTION["inputs"])


def test_faults_are_annotated_summed_up_and_fail_the_job(runner: Path) -> None:
    workspace = runner / "workspace"
    (workspace / "Dockerfile").write_text(BAD)
    (workspace / "requirements.txt").write_text("flask==3.1.0\n")
    (workspace / "app.py").write_text("")
    commit(workspace)
    base = git(workspace, "rev-parse", "HEAD")
    (workspace / "app.py").write_text("print('changed')\n")
    commit(workspace)
    ours = copy_project(runner / "action")
    with playing() as platform:
        event = {
            "pull_request": {"number": 5, "base": {"sha": base}},
            "repository": {"full_name": "team/shop", "url": f"{platform.url}/repos/team/shop"},
        }
        (runner / "event.json").write_text(json.dumps(event))
        environment = {
            "GITHUB_EVENT_PATH": str(runner / "event.json"),
            "GITHUB_API_URL": platform.url,
            "INPUT_PATHS": "Dockerfile\n",
            "INPUT_ARGS": "",
            "INPUT_SARIF_FILE": "dlint.sarif",
            "INPUT_COMMENT": "true",
            "INPUT_TOKEN": "secret",
        }
        done = subprocess.run(
            [sys.executable, "-I", ours / ".github/action/run.py"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )
    assert done.returncode == 1, done.stdout
    (comment,) = platform.comments
    assert "Merging pushes" in comment["body"]
    assert platform.tokens == {"Bearer secret"}
    assert "secret" not in done.stdout
    assert re.search(
        r"^::warning file=Dockerfile,line=\d+,.*order/copy-before-install.*::",
        done.stdout,
        re.MULTILINE,
    )
    summary = (runner / "summary.md").read_text()
    assert summary.index("Merging pushes") < summary.index("order/copy-before-install")
    told = outputs(runner)
    assert Path(told.pop("diff-file")).read_text() in comment["body"] + "\n"
    assert told == {"exit-code": "1", "sarif-file": "dlint.sarif"}
    results = json.loads((workspace / "dlint.sarif").read_text())["runs"][0]["results"]
    assert "order/copy-before-install" in {result["ruleId"] for result in results}
    assert not (workspace / "dlint").exists(), "the environment belongs into RUNNER_TEMP"


def test_facts_are_recorded_and_said_to_have_changed(
    runner: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = runner / "workspace"
    (workspace / "Dockerfile").write_text("FROM debian:13\nRUN make-it\n")
    commit(workspace)
    steps = (("debian.sh", 29_000_000), ("RUN /bin/sh -c make-it # buildkit", 777))
    monkeypatch.setenv("INPUT_RECORD_FACTS", layout(runner / "image", *steps))
    monkeypatch.setenv("INPUT_ARGS", "--target 0")
    ours = Path(sys.executable).with_name("dlint")
    monkeypatch.setattr(script, "install", lambda *_: ours)
    for changed in ("true", "false"):
        assert script.main() == 0
        assert outputs(runner) == {"facts-changed": changed}
    told = json.loads((workspace / ".dlint" / "facts.json").read_text())
    assert [each["bytes"] for each in told if "layer" in each] == [777]
    assert told[1]["target"] == "0"


@pytest.mark.usefixtures("runner")
def test_one_image_is_not_that_of_several_dockerfiles(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INPUT_RECORD_FACTS", "docker://registry.local:5000/a")
    monkeypatch.setenv("INPUT_PATHS", "a\nb\n")
    assert script.main() == 2
    assert "the image of one Dockerfile" in capsys.readouterr().out


def test_the_documented_workflows_use_inputs_and_outputs_that_there_are() -> None:
    texts = [(PROJECT / name).read_text() for name in ("README.md", "docs/ci/github.md")]
    blocks = re.findall(r"```yaml\n(.*?)```", "".join(texts), re.DOTALL)
    workflows = [yaml.safe_load(block) for block in blocks]
    steps = [
        step
        for workflow in workflows
        if isinstance(workflow, dict)
        for all_ in _values(workflow, "steps")
        for step in all_
    ]
    ours = [step for step in steps if step.get("uses", "").startswith("OWNER/dlint@")]
    used = {name for step in ours for name in step["with"]}
    assert {"record-facts", "sarif-file", "comment"} <= used <= ACTION["inputs"].keys()
    told = {name for block in blocks for name in re.findall(r"outputs\.([\w-]+)", block)}
    assert told == {"facts-changed"}
    assert told <= ACTION["outputs"].keys()


STUB = """#!{python}
import json, os, sys
words = sys.argv[1:]
with open({log!r}, "a") as file:
    tokens = [os.environ.get(name) for name in ("DLINT_TOKEN", "INPUT_TOKEN")]
    file.write(json.dumps([words, *tokens]) + "\\n")
if "--output-file" in words:
    with open(words[words.index("--output-file") + 1], "w") as file:
        file.write("## what merging this pushes\\n")
status, said = json.loads(os.environ.get("STUB_ANSWERS", "{{}}")).get(words[0], [0, ""])
sys.stderr.write(said)
sys.exit(status)
"""


class Calls:
    """What a stub in dlint's place was called with."""

    def __init__(self, log: Path) -> None:
        self.log = log

    @property
    def all(self) -> list[list[Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    @property
    def words(self) -> list[list[str]]:
        return [words for words, _, _ in self.all]


@pytest.fixture
def calls(script: ModuleType, runner: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Put a stub in dlint's place that writes down what it is called with."""
    log, stub = runner / "calls", runner / "dlint"
    stub.write_text(STUB.format(python=sys.executable, log=str(log)))
    stub.chmod(0o755)
    monkeypatch.setattr(script, "install", lambda *_: stub)
    return Calls(log)


@pytest.fixture
def pull_request(runner: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the event be a pull request; the commit that it goes on top of."""
    base = "a" * 40
    event = {"pull_request": {"number": 5, "base": {"sha": base}}}
    (runner / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(runner / "event.json"))
    return base


def test_words_are_split_as_in_a_shell_and_never_run(
    script: ModuleType, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_ARGS", "--ignore 'pin, bloat' $(touch oops) `id` ;")
    monkeypatch.setenv("INPUT_PATHS", "with blank/Dockerfile\n\n-odd\n")
    monkeypatch.setenv("INPUT_CONTEXT", "src")
    assert script.main() == 0
    arguments = ["--ignore", "pin, bloat", "$(touch", "oops)", "`id`", ";", "--context=src"]
    paths = ["--", "with blank/Dockerfile", "-odd"]
    assert calls.words == [["check", *arguments, "--output-format=github", *paths]]
    assert not list(Path().iterdir())


def test_no_paths_are_the_whole_project(
    script: ModuleType, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.main() == 0
    monkeypatch.setenv("INPUT_PROJECT", "services")
    assert script.main() == 0
    check = ["check", "--output-format=github", "--"]
    assert calls.words == [[*check, "."], [*check, "services"]]


def test_one_check_serves_annotations_and_sarif(
    script: ModuleType, calls: Calls, runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_SARIF_FILE", "dlint.sarif")
    monkeypatch.setenv("INPUT_FAIL_ON", "error")
    monkeypatch.setenv("INPUT_AGAINST", "docker://registry.example.com/team/app:main")
    assert script.main() == 0
    (words,) = calls.words
    assert words[1:5] == [
        "--fail-on=error",
        "--against=docker://registry.example.com/team/app:main",
        "--output-format=github",
        "--output-format=sarif=dlint.sarif",
    ]
    assert outputs(runner) == {"sarif-file": "dlint.sarif"}


def test_a_pull_request_is_compared_with_its_base(
    script: ModuleType, calls: Calls, pull_request: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = calls.log.parent
    monkeypatch.setenv("INPUT_BUDGET", "20MB")
    monkeypatch.setenv("INPUT_MAX_GROWTH", "10%")
    assert script.main() == 0
    file = str(runner / "temp" / "dlint-diff.md")
    written = ["--output-format", "markdown", "--output-file", file, "--fail-on=never"]
    limits = ["--budget=20MB", "--max-growth=10%"]
    where = ["--project=.", "--", f"{pull_request}..."]
    assert calls.words[0] == ["diff", *written, *limits, *where]
    assert [words[0] for words in calls.words] == ["diff", "check"]
    assert (runner / "summary.md").read_text() == "## what merging this pushes\n\n"
    assert outputs(runner) == {"diff-file": file}


def test_a_push_is_held_against_limits_alone(
    script: ModuleType, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_MAX_IMAGE_SIZE", "200MB")
    assert script.main() == 0
    assert calls.words[0][0] == "push"
    assert calls.words[0][-4:] == ["--max-image-size=200MB", "--all", "--", "."]


@pytest.mark.parametrize(
    ("answer", "limit", "told"),
    [
        ([1, "dlint: all: 30 MB is over\n"], "20MB", (1, "::error title=dlint::all: 30 MB is")),
        ([2, "dlint: error: no base\nhint: fetch\n"], "20MB", (2, "::error title=dlint::no base ")),
        ([2, "dlint: error: no base\nhint: fetch\n"], "", (0, "::warning title=dlint::no base ")),
        ([1, "dlint: a\n::error::x%\n"], "", (1, "::error title=dlint::a ::error::x%25\n")),
        ([0, ""], "20MB", (0, "")),
    ],
)
@pytest.mark.usefixtures("calls", "pull_request")
def test_what_a_change_costs_fails_the_job_where_it_is_limited(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    answer: list[Any],
    limit: str,
    told: tuple[int, str],
) -> None:
    printed: list[str] = []
    monkeypatch.setattr(
        script, "print", lambda text, **_: printed.append(f"{text}\n"), raising=False
    )
    monkeypatch.setenv("STUB_ANSWERS", json.dumps({"diff": answer}))
    monkeypatch.setenv("INPUT_BUDGET", limit)
    status, annotation = told
    assert script.main() == status
    assert [text.startswith(annotation) for text in printed] == ([True] if annotation else [])


@pytest.mark.usefixtures("pull_request")
def test_the_token_is_given_to_the_comment_alone(
    script: ModuleType, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_TOKEN", "secret")
    monkeypatch.setenv("INPUT_COMMENT", "true")
    assert script.main() == 0
    told = {words[0]: tokens for words, *tokens in calls.all}
    assert told == {"diff": [None, None], "comment": ["secret", None], "check": [None, None]}
    assert calls.words[1][:2] == ["comment", "--key=."]


@pytest.mark.parametrize(
    ("answer", "annotation"),
    [
        ([0, "dlint: comment created\n"], ""),
        ([0, "dlint: no comment was written: it may only read\n"], "::notice title=dlint::no "),
        ([2, "dlint: error: api answers 500\n"], "::warning title=dlint::api answers 500"),
    ],
)
@pytest.mark.usefixtures("calls", "pull_request")
def test_a_comment_that_cannot_be_written_fails_no_job(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: list[Any],
    annotation: str,
) -> None:
    monkeypatch.setenv("INPUT_TOKEN", "secret")
    monkeypatch.setenv("INPUT_COMMENT", "true")
    monkeypatch.setenv("STUB_ANSWERS", json.dumps({"comment": answer}))
    assert script.main() == 0
    out = capsys.readouterr().out
    assert (annotation in out) if annotation else not out


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ('{"merge_group": {"base_sha": "abc"}}', "abc"),
        ('{"pull_request": {"base": {"sha": "--upload-pack=x"}}}', ""),
        ('{"pull_request": {"base": {"sha": 7}}}', ""),
        ('{"before": "abc"}', ""),
        ("[]", ""),
        ("{", ""),
    ],
)
def test_the_base_that_an_event_names(
    script: ModuleType, runner: Path, monkeypatch: pytest.MonkeyPatch, event: str, base: str
) -> None:
    (runner / "event.json").write_text(event)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(runner / "event.json"))
    assert script.base_commit() == base


@pytest.mark.usefixtures("runner", "calls")
def test_an_open_quote_could_not_tell(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INPUT_ARGS", "--ignore 'pin")
    assert script.main() == 2
    assert capsys.readouterr().out.startswith(
        "::error title=dlint::the input `args` cannot be read"
    )


@pytest.mark.usefixtures("runner")
def test_an_installation_that_fails_shows_why(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(*_: object) -> Path:
        raise subprocess.CalledProcessError(1, ["pip"], output="no such version")

    monkeypatch.setattr(script, "install", install)
    assert script.main() == 2
    assert "no such version\n::error title=dlint::" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "installed"), [("", ["--no-deps"]), ("1.2.3", ["dlint-dockerfile==1.2.3"])]
)
def test_the_version_decides_what_is_installed(
    version: str,
    installed: list[str],
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(script, "run", lambda *command: ran.append(command))
    monkeypatch.setattr(script.venv.EnvBuilder, "create", lambda *_: None)
    assert script.install(tmp_path, version).parent.parent == tmp_path
    assert set(installed) <= set(ran[-1])


def _values(document: object, key: str) -> list[str]:
    """List the values of `key` at any depth."""
    if isinstance(document, dict):
        own = [document[key]] if key in document else []
        return own + [value for inner in document.values() for value in _values(inner, key)]
    if isinstance(document, list):
        return [value for inner in document for value in _values(inner, key)]
    return []
