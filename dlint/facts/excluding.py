"""Whether the syntax of a Dockerfile knows `COPY --exclude`, which came with 1.19."""

from __future__ import annotations

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build

# It was tried out in `-labs` from 1.7 on; `1` and `latest` stand for the newest.
_KNOWS = regex(
    r"(?:docker\.io/)?docker/dockerfile"
    r"(?::(?:latest|1(?:\.(?:19|[2-9]\d)(?:\.\d+)?)?|1(?:\.(?:[7-9]|[1-9]\d)(?:\.\d+)?)?-labs))?(?:@\S+)?"
)


def knows_exclude(build: Build) -> bool:
    """Tell whether the Dockerfile asks for a syntax that has `--exclude`: the builder's own may be
    older.
    """
    told = (each.value for each in build.dockerfile.directives if each.name == "syntax")
    return any(map(_KNOWS.fullmatch, told))
