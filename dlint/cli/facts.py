"""`dlint facts record`: what a real build made, kept in the repository for every later question."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli import against, common
from dlint.errors import DlintError
from dlint.findings import Size
from dlint.images.recorded import read_recorded, write_recorded
from dlint.model.keys import content_keys
from dlint.project.discovery import STDIN
from dlint.project.facts_file import NAME, place_of, read_facts_file
from dlint.push.plan import size_of_recorded
from dlint.push.recording import record
from dlint.sizes.recorded import today
from dlint.syntax import Transfer
from dlint.text.files import write_whole
from dlint.text.printable import json_text, printable
from dlint.text.repository_files import place_to_write
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from dlint.images import ImageFacts
    from dlint.images.recorded import RecordedImage, RecordedLayer
    from dlint.lint.engine import Checker, Task
    from dlint.model import Build

FORMATS = (common.PRETTY, common.PLAIN, "json")
# A recording that tells nothing new is written again after so many days, so that a commit that
# changes nothing of the image makes none for its facts.
FRESH_DAYS = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile, and the image that was built of it."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    about = "Write the sizes of a built image to .dlint/facts.json at the root of the repository"
    _add_record(actions.add_parser("record", help=about, description=f"{about}."))


def _add_record(parser: argparse.ArgumentParser) -> None:
    common.add_dockerfile(parser)
    image = parser.add_argument_group("the image")
    image.add_argument(
        "--from",
        dest="against",
        required=True,
        metavar="SOURCE",
        help=(
            "image to read: docker://REF, docker-daemon:REF, oci:DIR[:TAG], oci-archive:… or"
            " docker-archive:…"
        ),
    )
    image.add_argument(
        "--rev",
        metavar="REV",
        help=(
            "commit that the image was built from (default: the one in its label, or the"
            " working tree)"
        ),
    )
    image.add_argument(
        "--pull",
        action="store_true",
        help="ask the registry of the base image whether its tag has moved",
    )
    against.add_insecure_registry(image)
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Write the facts; the exit status."""
    if args.dockerfile == STDIN:
        raise DlintError("standard input has no place in a repository: name the Dockerfile")
    chosen = common.output_format(args, FORMATS)
    checker = common.checker_for(args)
    task = common.read_task(args.dockerfile, None)
    common.note_settings(args, checker.settings(task))
    facts = against.read_image(args, checker, task)
    if facts is None:  # --from is required
        raise DlintError("--from needs an image")
    build, commit = _made(args, checker, task, facts)
    root, name = place_of(args.dockerfile)
    image = record(build.fact(content_keys), facts)._replace(
        dockerfile=name, day=today_text(), commit=commit
    )
    image = _measured(args.against, image)
    if args.pull:
        image = _with_base_digest(args, checker, task, image)
    _require_layers(args, build, image)
    _write(Path(root), image)
    note_context(args, build, root)
    common.emit(args, _told(image, chosen))
    return 0


def _made(
    args: argparse.Namespace, checker: Checker, task: Task, facts: ImageFacts
) -> tuple[Build, str | None]:
    """Return the build that made the image, and the commit that it was made of, if it is known."""
    project = against.project_of(checker, task)
    if project is None:
        if args.rev is not None:
            raise DlintError(f"{args.dockerfile}: it does not exist in revision {args.rev!r}")
        return checker.build(task), None
    head = project.repository.head()
    revision = args.rev or against.named_commit(facts, project)
    commit = project.repository.resolve(revision) if revision else None
    if commit is None or (commit == head and args.rev is None):
        is_clean = head is not None and not any(
            project.repository.changed_since(head, path)
            for path in dict.fromkeys((project.context, project.dockerfile))
        )
        return checker.build(task), head if is_clean else None
    build = project.build(commit, against.options_before(checker, task, facts))
    if build is None or build.target is None:
        raise DlintError(f"{revision}: no {project.dockerfile} with its context in that revision")
    if args.rev is None:
        common.note(args, f"the image says that commit {commit[:10]} was built, so that is held")
    return build, commit


def _day() -> date:
    """Return the day to write: that of SOURCE_DATE_EPOCH, where builds shall be reproducible, or
    this one.
    """
    from datetime import UTC, datetime

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch.isdecimal() else today()


def today_text() -> str:
    """Return the day that a recording is written with (ISO)."""
    return _day().isoformat()


def _with_base_digest(
    args: argparse.Namespace, checker: Checker, task: Task, image: RecordedImage
) -> RecordedImage:
    """Ask the base's registry for its digest, which counts if the image stands on its layers."""
    if image.base is None:
        return image
    settings = against.registries(args, checker, task)
    found: ImageFacts = checker.plugins.image_facts(
        f"docker://{image.base}", image.platform, settings
    )
    own = [layer.diff_id for layer in image.base_layers]
    if own and own == [layer.diff_id for layer in found.layers]:
        return image._replace(base_digest=found.digest or None)
    common.note(args, f"warning: the image is not based on what {image.base} is today")
    return image


def _measured(source: str, image: RecordedImage) -> RecordedImage:
    """Find the compressed sizes that an engine or an archive does not tell, by reading all of the
    image.
    """
    layers = (*image.base_layers, *image.layers)
    if not layers or any(layer.bytes is not None for layer in layers):
        return image
    from dlint.images.asking import saved_blobs

    blobs = saved_blobs(source)

    def known(layer: RecordedLayer) -> RecordedLayer:
        blob = blobs.get(layer.diff_id)
        if blob is None:
            return layer
        digest, size = blob
        return layer._replace(bytes=size.bytes, basis=size.basis, digest=digest)

    return image._replace(
        base_layers=tuple(map(known, image.base_layers)), layers=tuple(map(known, image.layers))
    )


def _require_layers(args: argparse.Namespace, build: Build, image: RecordedImage) -> None:
    """Raise DlintError where the image is none of the Dockerfile's; note what it does not tell."""
    keys = build.fact(content_keys)
    wanted = sum(keyed.layer for keyed in keys.image)
    if not image.layers:
        raise DlintError(
            f"{args.against}: none of its layers was made by {args.dockerfile}",
            "name the Dockerfile and, with --target, the stage that it was built from",
        )
    if len(image.layers) < wanted:
        missing = plural(wanted - len(image.layers), "instruction")
        common.note(args, f"warning: the image has no layer for {missing} of {args.dockerfile}")
    if all(layer.bytes is None for layer in image.layers):
        common.note(
            args,
            "warning: this source has no sizes; a registry has them (docker://REF)",
        )


def _write(root: Path, image: RecordedImage) -> None:
    """Put an image into the facts file, or in place of what is recorded of it; the steps that were
    timed stay.
    """

    def replaced(before: RecordedImage | None) -> RecordedImage:
        new = image if before is None else image._replace(steps=before.steps)
        return before if before is not None and _is_told(new, before) else new

    change(root, image.identity, replaced)


def change(
    root: Path,
    identity: tuple[str, str, str],
    replaced: Callable[[RecordedImage | None], RecordedImage],
) -> None:
    """Write what stands for an image in the facts file anew, by what is there of it; the file as a
    whole, or not at all. Raises DlintError.
    """
    path = place_to_write(root / NAME)
    there = read_facts_file(path) if path.exists() else ()
    before = next((each for each in there if each.identity == identity), None)
    image = replaced(before)
    if image is before:
        return
    images = [each for each in there if each is not before]
    text = write_recorded([*images, image])
    read_recorded(text.encode(), NAME)  # whatever cannot be read again is not written
    path.parent.mkdir(exist_ok=True)
    write_whole(path, text.encode())


def _is_told(image: RecordedImage, before: RecordedImage) -> bool:
    """Tell whether a recording says nothing that an earlier one, still fresh, does not say."""
    age = date.fromisoformat(image.day) - date.fromisoformat(before.day)
    alike = image._replace(
        day=before.day, commit=before.commit, source=before.source, digest=before.digest
    )
    return alike == before and 0 <= age.days < FRESH_DAYS


def note_context(args: argparse.Namespace, build: Build, root: str) -> None:
    """Tell where the facts file is part of what is built: each recording changes that."""
    folder = getattr(build.context, "root", None)
    if folder is None:
        return
    path = os.path.relpath(f"{root}/{NAME}", folder).replace(os.sep, "/")
    if path.startswith("../") or build.context.ignored(path):
        return
    whole = [
        each
        for each in build.dockerfile.instructions
        if isinstance(each, Transfer) and each.takes_whole_context
    ]
    if whole:
        common.note(
            args,
            f"line {whole[0].line} copies {path}, too, and so changes with each recording: add"
            " `.dlint` to .dockerignore",
        )


def _told(image: RecordedImage, chosen: str) -> str:
    if chosen == "json":
        return json_text(_as_dict(image), ascii_only=True) + "\n"
    own, base = (
        Size.sum(map(size_of_recorded, layers)) for layers in (image.layers, image.base_layers)
    )
    text = f"{image.dockerfile}: {plural(len(image.layers), 'layer')}: {own} ({own.basis})"
    if image.base_layers:
        text += f", on {image.base}: {base} ({base.basis})"
    return printable(f"{NAME}: {text}") + "\n"


def _as_dict(image: RecordedImage) -> dict[str, Any]:
    return {
        "schema": 1,
        "file": NAME,
        "path": image.dockerfile,
        "target": image.target,
        "platform": image.platform,
        "commit": image.commit,
        "base": image.base,
        "base_digest": image.base_digest,
        "layers": [
            {"instruction": each.instruction, "bytes": each.bytes, "diff_id": each.diff_id}
            for each in image.layers
        ],
    }
