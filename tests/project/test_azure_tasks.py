"""Which commands the tasks of Azure Pipelines start."""

from __future__ import annotations

import pytest

from dlint.project.azure_tasks import commands_of, macros_filled, name_of


def _listed(_: str) -> tuple[str, ...]:
    return ()


@pytest.mark.parametrize(
    ("task", "inputs", "commands"),
    [
        (
            "Docker@2",
            {"repository": "a/b", "dockerfile": "x/Dockerfile", "arguments": "--no-cache"},
            "docker build -f x/Dockerfile -t a/b:$(Build.BuildId) x\ndocker push a/b:$(Build.BuildId)",
        ),
        (
            "Docker@2",
            {"command": "build", "dockerfile": "Dockerfile", "arguments": "--pull\n--target x"},
            "docker build -f Dockerfile --pull --target x .",
        ),
        (
            "Docker@2",
            {"command": "build", "dockerfile": "my files/Dockerfile", "buildcontext": "."},
            "docker build -f 'my files/Dockerfile' .",
        ),
        (
            "Docker@2",
            {"command": "push", "repository": "a/b", "tags": "1\n2,3\n"},
            "docker push a/b:1\ndocker push a/b:2\ndocker push a/b:3",
        ),
        (
            "Docker@2",
            {"command": "build", "buildcontext": "**"},
            "docker build -f $(any)Dockerfile $(any)",
        ),
        ("Docker@2", {"command": "tag", "arguments": "a b"}, "docker tag a b"),
        (
            "Docker@1",
            {
                "command": "Build an image",
                "dockerfile": "x/Dockerfile",
                "imagename": "a/b:1",
                "buildcontext": ".",
                "arguments": "--no-cache",
            },
            "docker build -f x/Dockerfile --no-cache -t a/b:1 x",
        ),
        (
            "Docker@1",
            {
                "dockerfile": "x/Dockerfile",
                "imagename": "a/b",
                "usedefaultcontext": "false",
                "buildcontext": ".",
            },
            "docker build -f x/Dockerfile -t a/b .",
        ),
        ("Docker@1", {"command": "push", "imagename": "a/b:1"}, "docker push a/b:1"),
        ("Docker@1", {"command": "login"}, ""),
        (
            "Docker@0",
            {"action": "Build an image", "dockerfile": "D", "buildarguments": "A=1\nB=2\n"},
            (
                "docker build -f D --build-arg A=1 --build-arg B=2"
                " -t $(Build.Repository.Name):$(Build.BuildId) ."
            ),
        ),
        ("Docker@0", {"action": "Push images"}, "docker push $(images)"),
        ("Docker@0", {"action": "Run a Docker command", "customcommand": "ps"}, "docker ps"),
        ("Bash@3", {"script": "make"}, "make"),
        ("Bash@3", {"filepath": "ship.sh", "arguments": "-x"}, "ship.sh -x"),
        ("AzureCLI@2", {"inlinescript": "az login"}, "az login"),
        ("SSH@0", {"script": "docker build ."}, ""),
        ("UseDotNet@2", {"version": "9"}, ""),
    ],
)
def test_commands_of_tasks(task: str, inputs: dict[str, str], commands: str) -> None:
    assert commands_of({"task": task}, inputs, str, _listed)[0] == commands


def test_scripts_are_steps_themselves() -> None:
    assert commands_of({"bash": "make", "workingDirectory": "web"}, {}, str, _listed) == (
        "make",
        "web",
    )


def test_names() -> None:
    assert name_of({"task": "Docker@2"}) == "docker"
    assert name_of({"script": "make"}) == ""


def test_macros() -> None:
    text = "$(known) $(date) $(Build.BuildId) $(git log) $known"
    assert macros_filled(text, {"KNOWN"}) == "${KNOWN} $(date) ${BUILD_BUILDID} $(git log) $known"
