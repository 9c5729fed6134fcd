"""Where a RUN may write."""

from __future__ import annotations

import pytest

from dlint.context import EmptyContext
from dlint.model import Build
from dlint.model.run_writes import run_writes
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


@pytest.mark.parametrize(
    ("command", "may_write"),
    [
        ("apt-get install -y tini", True),
        ("dpkg -i /srv/tool.deb", True),  # a package puts files anywhere in the system, too
        ("rpm -i /srv/tool.rpm", True),
        ("pip install flask", False),
    ],
)
def test_packages_of_the_system_may_have_settings(command: str, *, may_write: bool) -> None:
    assert writes(command, "/etc/tool/settings.ini") is may_write


def writes(command: str, path: str) -> bool:
    text = (
        f"FROM debian:12.5\nENV VIRTUAL_ENV=/py PATH=/py/bin:$PATH\nWORKDIR /work\nRUN {command}\n"
    )
    build = Build(parse(Source("Dockerfile", text)), EmptyContext())
    step = build.steps(build.stages[0])[-1]
    assert isinstance(step.instruction, Run)
    found = run_writes(build, step, step.instruction)
    return any(write.touches(path) for write in found)


@pytest.mark.parametrize(
    "command",
    ["npm run build", "yarn build", "pnpm run -r build", "npx vite build", "node scripts/pack.js"],
)
def test_programs_of_node_leave_python_and_the_system_alone(command: str) -> None:
    for path in ("/py", "/py/lib/python3.12/x.py", "/opt/venv", "/app/.venv/bin", "/usr/lib/x.so"):
        assert not writes(command, path)
    for path in (
        "/work/dist",
        "/work/node_modules",
        "/static",
        "/usr/share/nginx/html",
        "/opt",
        "/",
    ):
        assert writes(command, path)


@pytest.mark.parametrize(
    ("command", "path", "may_write"),
    [
        # what it loads it stores compiled, beside the packages
        ("python manage.py collectstatic --noinput", "/py", True),
        ("python manage.py collectstatic --noinput", "/work/node_modules", False),
        ("python manage.py collectstatic --noinput", "/static", True),
        ("python tools/setup.py", "/work/node_modules", True),
        ("pytest -q", "/work/node_modules", False),
        ("bundle exec rake assets:precompile", "/usr/local/bundle/gems", False),
        ("bundle exec rake assets:precompile", "/work/node_modules", True),
        ("php artisan optimize", "/work/node_modules", False),
        ("php artisan optimize", "/work/bootstrap/cache", True),
        ("go build -o /out/app .", "/py", False),
        ("go build -o /out/app .", "/out/app", True),
        ("make", "/py", True),
        ("./build.sh", "/work/node_modules", True),
        ("npm run build && touch /py/done", "/py", True),
        ("npm run build && ./build.sh", "/py", True),
        ("npm run build -- --out /py/share", "/py/share/x", True),
    ],
)
def test_what_programs_of_known_kinds_leave_alone(
    command: str, path: str, *, may_write: bool
) -> None:
    assert writes(command, path) is may_write


@pytest.mark.parametrize(
    ("command", "path", "may_write"),
    [
        ("cargo build --release && sccache --show-stats", "/opt/lib/libfast.so", False),
        ("cargo build --release && sccache --show-stats", "/work/target/release/a", True),
        ("cargo chef cook --release && sccache -s", "/opt/lib/libfast.so", False),
        ("cargo chef cook --release", "/work/target", True),
        ("go build -o /out/app .", "/etc/passwd", False),
        ("go build -o /opt/app .", "/opt/app", True),
        ("cd /opt/app && go build .", "/opt/app/app", True),
        ("sccache cc -o /opt/a a.c", "/opt/a", True),
        ("go run ./tools/settings", "/etc/tool.conf", True),  # who knows what that writes
        ("cargo run --bin settings", "/opt/tool", True),
        ("make", "/opt/lib/libfast.so", True),
    ],
)
def test_compilers_leave_alone_what_is_not_where_they_work(
    command: str, path: str, *, may_write: bool
) -> None:
    assert writes(command, path) is may_write
