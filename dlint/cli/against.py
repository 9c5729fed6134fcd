"""`--against`: an image that was built before tells how large the layers are, in every verb."""

from __future__ import annotations

from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from dlint.images import ImageFacts, RegistrySettings
    from dlint.lint.engine import Checker, Task
    from dlint.model import Build, Options
    from dlint.push.revisions import Project


def add_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Take the image, and what may be asked for it."""
    parser.add_argument("--against", metavar="SOURCE", help=what)
    add_insecure_registry(parser)


def add_insecure_registry(parser: argparse._ActionsContainer) -> None:
    """Take the registries that may be asked without TLS."""
    parser.add_argument(
        "--insecure-registry",
        action="append",
        default=[],
        metavar="HOST",
        help="allow plain HTTP to this registry (may be repeated)",
    )


def registries(args: argparse.Namespace, checker: Checker, task: Task) -> RegistrySettings:
    """Return how registries may be asked."""
    from dlint.images import RegistrySettings

    configured = checker.settings(task).insecure_registries
    return RegistrySettings(insecure=(*args.insecure_registry, *configured))


def read_image(args: argparse.Namespace, checker: Checker, task: Task) -> ImageFacts | None:
    """Return the facts of the image that `--against` names; None where it names none."""
    if args.against is None:
        return None
    platform = checker.settings(task).build_options.platform
    found: ImageFacts = checker.plugins.image_facts(
        args.against, platform, registries(args, checker, task)
    )
    return found


def knowing(checker: Checker, task: Task, facts: ImageFacts, made: Build | None) -> Checker:
    """Return a checker that knows what an image tells of a Dockerfile's layers, held against the
    build that `made` it; where that cannot be modelled, against the present one, of which only the
    words count.
    """
    from dlint.model.keys import content_keys
    from dlint.push.recording import record

    if made is not None and made.target is not None:
        image = record(made.fact(content_keys), facts)
    else:
        image = record(checker.build(task).fact(content_keys), facts, same_build=False)
    return checker.overlaid(checker.spec.overrides._replace(recorded=image))


def external_base(build: Build) -> str | None:
    """Return the name of the image that the target stands on; None where it is none."""
    stage = build.target.outermost if build.target is not None else None
    return stage.image if stage is not None and stage.is_external else None


def on_pulled_base(args: argparse.Namespace, checker: Checker, task: Task) -> Checker:
    """Return a checker that knows the layers of the target's base, as its registry tells them."""
    from dlint.images.recorded import RecordedImage
    from dlint.push.recording import on_base

    build = checker.build(task)
    base = external_base(build)
    if base is None:
        return checker
    options = build.options
    facts: ImageFacts = checker.plugins.image_facts(
        f"docker://{base}", options.platform, registries(args, checker, task)
    )
    image = on_base(options.recorded or RecordedImage(task.path), base, facts)
    return checker.overlaid(checker.spec.overrides._replace(recorded=image))


def add_pull(parser: argparse.ArgumentParser) -> None:
    """Take whether the base's registry is asked."""
    parser.add_argument(
        "--pull",
        action="store_true",
        help="ask the registry of the base image how large the base is",
    )


def maker(facts: ImageFacts, checker: Checker, task: Task) -> Build | None:
    """Return the build that made an image: of the commit that it names, else of the one before the
    working tree, as in `dlint push`.
    """
    project = project_of(checker, task)
    if project is None:
        return None
    revision = named_commit(facts, project) or project.before(checker.build(task))
    return project.build(revision, options_before(checker, task, facts)) if revision else None


def project_of(checker: Checker, task: Task) -> Project | None:
    """Return the Dockerfile and its context as git holds them; None where it does not."""
    from dlint.push.revisions import Project

    path = Path(task.path)
    if task.text is not None:
        return None
    return Project.find(path, checker.settings(task).context_of(path), checker.opened)


def named_commit(facts: ImageFacts, project: Project) -> str | None:
    """Return the commit that an image names, if it is one of the repository's."""
    from dlint.errors import DlintError
    from dlint.push.recording import commit_of

    commit = commit_of(facts)
    if commit is None:
        return None
    try:
        return project.repository.resolve(commit)
    except DlintError:
        return None


def options_before(checker: Checker, task: Task, facts: ImageFacts | None) -> Options:
    """Return how the image before was built: with its own arguments, whatever this build passes."""
    from dlint.push.plan import passed_arguments

    options = checker.settings(task).build_options
    if facts is None:
        return options
    return options._replace(build_args={**options.build_args, **passed_arguments(facts)})
