"""What a mount held and no layer holds, beyond the examples of `mount/lost-output`'s page."""

from __future__ import annotations

import pytest

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins


def lines(rule: str, text: str) -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [each.place.start.line for each in checker.check(Task("-", text.encode())).diagnostics]


def cache(*targets: str) -> str:
    return " ".join(f"--mount=type=cache,target={target}" for target in targets)


CARGO = f"FROM rust:1.79 AS build\nWORKDIR /src\nCOPY src src\nRUN {cache('/src/target')} cargo build --release"
FROM_BUILD = "\nFROM debian:12\nCOPY --from=build /src/target/release/app /app\n"


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (CARGO + FROM_BUILD, True),
        (CARGO.replace("type=cache", "type=tmpfs") + FROM_BUILD, True),
        (CARGO + "\nRUN cargo build --release" + FROM_BUILD, False),  # and again without the mount
        (CARGO + "\nRUN make install" + FROM_BUILD, False),
        (CARGO + "\nCOPY bin target/release/" + FROM_BUILD, False),
        (CARGO + "\nRUN cp /x /src/target/release/app" + FROM_BUILD, False),
        (CARGO + FROM_BUILD.replace("/src/target/release/app", "/src"), False),
        (CARGO + FROM_BUILD.replace("--from=build", "--from=busybox"), False),
        (CARGO + FROM_BUILD.replace("/release/app", "/$X"), False),
        (CARGO.replace("/src/target", "/usr/local/cargo/registry") + FROM_BUILD, False),
    ],
)
def test_what_is_copied_from_a_mount(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/lost-output", text)) is hit


NPM = f"FROM node:22\nWORKDIR /app\nRUN {cache('/app/node_modules')} npm ci"


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (f"{NPM}\nRUN npm run build\n", True),
        (f"{NPM}\nRUN {cache('/app/node_modules')} npm run build\n", False),
        (f"{NPM} && cp -r node_modules /m\nRUN npm run build\n", False),
        (f"{NPM}\nRUN npm ci && npm run build\n", False),
        (f"{NPM}\nRUN npm install\nRUN npm run build\n", False),
        (f"{NPM}\nRUN cd web && npm run build\n", False),
        (f"{NPM}\nRUN echo done\n", False),
    ],
)
def test_modules_in_a_mount(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/lost-output", text)) is hit
