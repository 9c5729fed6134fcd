"""Every key that a configuration file may have: type, default and documentation, stated once; and
places in such files.

From here come the reader (`dlint.config.reading`), the JSON Schema and the page of the
documentation (`dlint.config.schema`). Annotations stay text until one of them asks: a check without
a configuration file needs the defaults alone.
"""

from __future__ import annotations

import re

from dlint.findings import MIN_BYTES, Severity
from dlint.model import BUILDERS, CACHES, Options
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Annotated

    from dlint.config.kinds import (
        Address,
        Builder,
        Cache,
        Distribution,
        FailOn,
        File,
        Folder,
        Host,
        Image,
        Level,
        Limits,
        Pattern,
        Required,
        Selector,
        Size,
        key,
    )

# 50 kB: at 10 Mbit/s, a slow uplink, 40 ms. The five requests that a push makes for any layer
# (counted on Docker 26.1.5) take longer, even of a registry that answers in 10 ms.
LEAST_BYTES = 50_000


_PYPROJECT = "pyproject.toml"


class Where(NamedTuple):
    """A place in a configuration file: the file, its text, and the keys that lead to a value."""

    path: str
    text: str
    keys: tuple[str, ...] = ()

    def __truediv__(self, key: str) -> Where:
        return self._replace(keys=(*self.keys, key))

    def __str__(self) -> str:
        line = self._line()
        return f"{self.path}:{line}" if line else self.path

    @property
    def key(self) -> str:
        """The keys as TOML would write them."""
        return ".".join(self.keys)

    def _line(self) -> int | None:
        """Find the line that writes the last key, or else that of the table around it: tomllib
        tells no places. Each key is looked for from the line of the one before.
        """
        found = None
        for key in (*(["dlint"] if self.path.endswith(_PYPROJECT) else ()), *self.keys):
            table = r"\[+(?:[^\]\n]*\.)?|[^=\n\[]*\."
            name = rf"""[^\S\n]*+["']?{re.escape(key)}["']?\s*[.=\]]"""
            written = re.compile(rf"^[^\S\n]*+(?:{table})?{name}", re.MULTILINE)
            found = written.search(self.text, found.start() if found else 0) or found
        return self.text.count("\n", 0, found.end()) + 1 if found and self.keys else None


class Configuration(NamedTuple):
    """The keys by their names, with `-` for `_`, and their defaults. Sizes are bytes, or text."""

    extend: Annotated[
        File | None,
        key(
            "Takes over what another file says. Its path is relative to this file, and its patterns"
            " and folders count as if they stood here. What stands here wins: tables are merged,"
            " `select`, `extend-select` and `ignore` apply on top, `extend-exclude` adds, and"
            " other keys replace. A file above a Dockerfile may extend files of its own repository"
            " alone.",
            "../dlint.toml",
        ),
    ] = None
    required_version: Annotated[
        Required | None,
        key("Refuses to run with another version of dlint than these.", ">=0.1,<1"),
    ] = None
    select: Annotated[
        tuple[Selector, ...] | None, key("Runs only these rules.", ["order", "bloat"])
    ] = None
    extend_select: Annotated[
        tuple[Selector, ...],
        key("Runs these rules as well as the default ones.", ["pin/base-digest"]),
    ] = ()
    preview: Annotated[bool, key("Also runs rules that are in preview.", example=True)] = False
    ignore: Annotated[tuple[Selector, ...], key("Turns rules off.", ["mount/missing-cache"])] = ()
    per_file_ignores: Annotated[
        Mapping[Pattern, tuple[Selector, ...]],
        key(
            "Turns rules off in the files that match a pattern. A pattern that starts with `!`"
            " means all other files.",
            {"examples/**": ["pin"]},
        ),
    ] = {}
    severity: Annotated[
        Mapping[Selector, Level],
        key(
            "Gives the findings of a rule another severity.",
            {"order/volatile-arg": "error"},
        ),
    ] = {}
    fail_on: Annotated[
        FailOn,
        key("`check` exits with 1 if a finding has this severity or a higher one.", "error"),
    ] = str(Severity.WARNING)
    exclude: Annotated[
        tuple[Pattern, ...],
        key(
            "Leaves files out of a search. The last pattern that matches decides, and one that"
            " starts with `!` takes files in again.",
            ["vendor", "!vendor/ours"],
        ),
    ] = ()
    extend_exclude: Annotated[
        tuple[Pattern, ...],
        key("Adds to `exclude`. It also adds to what an extended file excludes.", ["examples"]),
    ] = ()
    min_bytes: Annotated[
        Size, key("Findings that certainly cost less become infos.", "1MiB", unit="bytes")
    ] = MIN_BYTES
    least_bytes: Annotated[
        Size,
        key(
            "Infos about bytes alone that certainly cost less are not shown to people. Infos that"
            " also tell of steps that run again are hidden below 1 kB at most.",
            "10kB",
            unit="bytes",
        ),
    ] = LEAST_BYTES
    contexts: Annotated[
        Mapping[Pattern, Folder],
        key(
            "Sets the build context of the Dockerfiles that match a pattern; the first one that"
            " matches decides. A folder must be inside the repository, except in your own files.",
            {"services/*/Dockerfile": "."},
        ),
    ] = {}
    targets: Annotated[
        tuple[str, ...],
        key("Lists the stages that are built as images of their own.", ["dev", "prod"]),
    ] = ()
    build_args: Annotated[
        Mapping[str, str], key("Sets build arguments.", {"PYTHON_VERSION": "3.13"})
    ] = {}
    platform: Annotated[str, key("Sets the platform of the image.", "linux/arm64")] = (
        Options().platform
    )
    builder: Annotated[Builder, key("Sets what builds the image.", "docker")] = BUILDERS[0]
    cache: Annotated[Cache, key("Sets the state of the builder's cache.", "cold")] = CACHES[0]
    persistent_builder: Annotated[
        bool, key("Says that cache mounts survive from one build to the next.", example=True)
    ] = False
    images: Annotated[
        Mapping[Image, Limits],
        key(
            "Sets limits of single images, for `push` and `diff`: `budget`, `max-image-size` and"
            " `max-growth`. An image is called as `dlint push` calls it, by its name in a Compose"
            " or Bake file, or by a pattern such as `services/*`.",
            {"web": {"budget": "20MB", "max-growth": "10%"}},
        ),
    ] = {}
    insecure_registries: Annotated[
        tuple[Host, ...],
        # credentials are sent to them in clear
        key(
            "Allows plain HTTP to these registries. Credentials then travel unencrypted.",
            ["registry.example.com:5000"],
            user_only=True,
        ),
    ] = ()
    online: Annotated[
        bool,
        key("Asks package indexes for the sizes of packages.", example=True, user_only=True),
    ] = False
    allowed_hosts: Annotated[
        tuple[Host, ...],
        key(
            "Allows requests to these hosts if a repository names them.",
            ["packages.example.com"],
            user_only=True,
        ),
    ] = ()
    indexes: Annotated[
        Mapping[Distribution, Address],
        key(
            "Says where the package index of a distribution is.",
            {"debian": "https://mirror.example.com/debian"},
            user_only=True,
        ),
    ] = {}
    output_format: Annotated[str | None, key("Sets the default of `--output-format`.", "json")] = (
        None
    )
