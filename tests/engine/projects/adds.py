"""ADD of archives and addresses."""

from __future__ import annotations

from harness.project import EPOCH, Project, archive, noise, prose, step

from .words import dockerfile, fill

PROJECTS = (
    Project(
        "add-tar",
        "ADD unpacks a tar; it depends on the tar's bytes",
        (
            step(
                {
                    "Dockerfile": dockerfile("ADD bundle.tar /opt/bundle", fill(200_000)),
                    "bundle.tar": archive(
                        {"x/one.txt": prose("one", 90_000), "x/two.bin": noise("two", 90_000)}
                    ),
                }
            ),
            step({"other": "1"}, "==="),
            step(
                {
                    "bundle.tar": archive(
                        {"x/one.txt": prose("three", 90_000), "x/two.bin": noise("two", 90_000)}
                    )
                },
                "=++",
            ),
        ),
    ),
    Project(
        "add-url",
        "ADD of a URL depends on the body; the same body with a later date is a hit",
        (
            step(
                {"Dockerfile": dockerfile("ADD @HTTP@/a.bin /a.bin", fill(100_000))},
                served={"a.bin": (noise("a", 70_000), EPOCH)},
            ),
            step({}, "===", served={"a.bin": (noise("a", 70_000), EPOCH + 5_000)}),
            step(
                {"Dockerfile": dockerfile("ADD @HTTP@/b.bin /a.bin", fill(100_000))},
                "=++",
                served={"b.bin": (noise("b", 70_000), EPOCH)},
            ),
        ),
    ),
)
