"""Builds installs on a real Docker Engine, pushes them, and compares each layer's bytes with what
`dlint layers` says of them.

    python benchmarks/installs.py [--online] [--only FAMILY] [--results FILE] [--note FILE]

The bases stand in for the official images of the same names (tools/sizes/built.py). Half of
the installs are drawn by a seed; no constant of dlint's may be chosen by what they show. Results
are kept in FILE, one JSON object a line, so that what was built once is only predicted again:
without --build nothing is built. Needs root, a Docker Engine, docker-registry, debootstrap and the
indexes of Debian, PyPI and npm.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools" / "sizes"))

from built import NODE, PYTHON, TIDY, Builder  # noqa: E402  a script of tools/sizes

SEED = 12  # of the draw that tells which installs no constant may be chosen by
FACTOR = 1.4


class Case(NamedTuple):
    """One install: what family it counts to, the base, the text of its RUN, and the context's
    files.
    """

    family: str
    base: str
    run: str
    files: tuple[tuple[str, str], ...] = ()

    @property
    def dockerfile(self) -> str:
        """The Dockerfile, whose last instruction is the RUN."""
        copies = [f"COPY {' '.join(name for name, _ in self.files)} ./"] if self.files else []
        folder = ["WORKDIR /app"] if self.files else []
        return "\n".join((f"FROM {self.base}", *folder, *copies, f"RUN {self.run}", ""))

    @property
    def key(self) -> str:
        """What tells the case in results."""
        lists = " ".join(text.strip().replace("\n", " ") for _, text in self.files)
        return f"{self.base}: {self.run}" + (f" [{lists}]" if lists else "")


def _apt(base: str, *runs: str) -> list[Case]:
    return [Case("apt", base, f"apt-get update && apt-get install -y {each}") for each in runs]


def _alone(names: str) -> str:
    return f"--no-install-recommends {names} && {TIDY}"


def _node(run: str, **dependencies: str) -> Case:
    development = {name: version for name, version in dependencies.items() if name in DEVELOPMENT}
    manifest = {
        "name": "shop",
        "version": "1.0.0",
        "dependencies": {
            name.replace("_", "-"): version
            for name, version in dependencies.items()
            if name not in development
        },
        "devDependencies": development,
    }
    return Case("npm", NODE, run, (("package.json", json.dumps(manifest)),))


DEVELOPMENT = {"typescript", "eslint", "jest", "vite", "webpack", "prettier"}
PROJECT = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'
)
CASES = [
    *_apt(
        "debian:trixie-slim",
        _alone("curl"),
        _alone("ca-certificates curl gnupg"),
        _alone("git"),
        "build-essential",
        _alone("python3 python3-pip python3-venv"),
        _alone("ffmpeg"),
        "imagemagick",
        _alone("postgresql-client"),
        _alone("default-jre-headless"),
        _alone("nginx"),
        f"vim less && {TIDY}",
        _alone("php-cli php-mbstring php-xml php-mysql"),
        _alone("libgl1 libglib2.0-0"),
        _alone("redis-server"),
        f"openssh-client rsync && {TIDY}",
    ),
    *_apt(
        "debian:bookworm",
        "wget",
        _alone("tini procps"),
        _alone("mariadb-client"),
        _alone("ruby-full"),
        f"apache2 && {TIDY}",
        _alone("supervisor"),
        _alone("cmake ninja-build g++"),
        _alone("sqlite3 locales"),
        _alone("chromium"),
        _alone("nodejs npm"),
        f"cron logrotate && {TIDY}",
        _alone("jq unzip zip bzip2 xz-utils"),
        _alone("libpq-dev gcc python3-dev"),
        _alone("tesseract-ocr poppler-utils"),
        f"graphviz && {TIDY}",
    ),
    *(
        Case("pip", PYTHON, f"pip install --no-cache-dir {names}")
        for names in (
            "flask gunicorn",
            "django psycopg2-binary",
            "fastapi uvicorn[standard]",
            "numpy pandas",
            "requests",
            "boto3",
            "scikit-learn",
            "celery redis",
            "sqlalchemy alembic",
            "httpx pydantic",
            "matplotlib",
            "pytest black",
        )
    ),
    *(
        Case(
            "pip",
            PYTHON,
            "pip install --no-cache-dir -r requirements.txt",
            (("requirements.txt", text),),
        )
        for text in (
            "aiohttp==3.11.11\nredis==5.2.1\nstructlog==24.4.0\n",
            "Django==5.1.4\ncelery==5.4.0\nPillow==11.0.0\nwhitenoise==6.8.2\n",
        )
    ),
    *(
        Case("uv", PYTHON, f"uv pip install --system --no-cache {names}")
        for names in ("flask gunicorn", "scipy", "openai", "jupyterlab")
    ),
    *(
        Case(
            "uv",
            PYTHON,
            run,
            (("pyproject.toml", PROJECT.format(names)),),
        )
        for run, names in (
            ("uv sync --frozen --no-cache", '"fastapi", "uvicorn"'),
            ("uv sync --frozen --no-cache --compile-bytecode", '"django", "psycopg[binary]"'),
        )
    ),
    _node("npm ci", express="^4.19.0"),
    _node("npm ci --omit=dev", express="^4.19.0", typescript="^5.4.0", eslint="^8.57.0"),
    _node("npm ci", react="^18.3.0", react_dom="^18.3.0", vite="^5.4.0", typescript="^5.4.0"),
    _node("npm ci --omit=dev && npm cache clean --force", fastify="^4.28.0", pg="^8.12.0"),
    _node("npm install", lodash="^4.17.0", axios="^1.7.0"),
    _node("npm install --omit=dev", koa="^2.15.0", jest="^29.7.0"),
    _node("npm ci && npm cache clean --force", webpack="^5.94.0", prettier="^3.3.0"),
    Case("npm", NODE, "npm install -g pm2"),
    Case("npm", NODE, "npm install -g typescript"),
    Case("npm", NODE, "npm install -g serve && npm cache clean --force"),
]


class Result(NamedTuple):
    """What a case's layer takes up in the registry (bytes, compressed) and what dlint says of it;
    None where it says at least, or nothing.
    """

    case: Case
    true: int
    said: int | None

    @property
    def ratio(self) -> float:
        """The bytes that dlint says for each that there is."""
        return (self.said or 0) / self.true

    @property
    def error(self) -> float:
        """How far off dlint is, as a share of the truth."""
        return abs(self.ratio - 1)


def main() -> int:
    """Build what is not built yet, if asked to; predict all; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", action="store_true", help="build what FILE does not hold")
    parser.add_argument("--online", action="store_true", help="let dlint ask the indexes, too")
    parser.add_argument("--only", help="one family")
    kept = Path.home() / ".cache" / "dlint-engine" / "installs.jsonl"
    parser.add_argument("--results", type=Path, default=kept)
    parser.add_argument("--note", type=Path, help="a Markdown file to write")
    args = parser.parse_args()
    cases = [case for case in CASES if args.only in {None, case.family}]
    known = _read(args.results)
    if args.build:
        _build([case for case in cases if case.key not in known], args.results)
        known = _read(args.results)
    built = [case for case in cases if case.key in known]
    ways = {"offline": [], **({"online": ["--online"]} if args.online else {})}
    results = {
        way: [
            Result(case, known[case.key]["bytes"], predicted(case, known, options))
            for case in built
        ]
        for way, options in ways.items()
    }
    text = "\n\n".join(table(way, those) for way, those in results.items())
    sys.stdout.write(f"{text}\n")
    if args.note:
        args.note.write_text(note(text, results))
    return 0


def _read(path: Path) -> dict[str, dict]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {row["key"]: row for row in map(json.loads, lines)}


def held_out() -> set[str]:
    """Return the keys of the cases that no constant was chosen by: half of each family."""
    chance = random.Random(SEED)  # noqa: S311  a draw that anybody can repeat
    families: dict[str, list[str]] = {}
    for case in CASES:
        families.setdefault(case.family, []).append(case.key)
    return {key for keys in families.values() for key in chance.sample(keys, len(keys) // 2)}


def predicted(case: Case, known: dict[str, dict], options: list[str]) -> int | None:
    """Return what dlint says of a case's layer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(case, folder, known[case.key].get("files") or {})
        command = [os.environ.get("DLINT", "dlint"), "layers", "--isolated", *options]
        command += ["--output-format", "json", "Dockerfile"]
        # what an index has told before counts for no run without it
        env = {**os.environ, **({} if options else {"XDG_CACHE_HOME": name})}
        run = subprocess.run(  # noqa: S603  dlint itself
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
    try:
        row = json.loads(run.stdout)["layers"][-1]
    except ValueError:
        raise SystemExit(f"{case.key}: {run.stderr or run.stdout}") from None
    return None if row["at_least"] else row["gzip_bytes"]


def _write(case: Case, folder: Path, more: dict[str, str]) -> None:
    """Write the context, with lock files beside what the case names."""
    files = {**dict(case.files), **more}
    text = case._replace(files=tuple(files.items())).dockerfile
    for file, content in {**files, "Dockerfile": text}.items():
        (folder / file).write_text(content)


def _build(cases: list[Case], results: Path) -> None:
    """Build and push the cases, and add each to the results."""
    with Builder({case.base for case in cases}) as builder:
        for number, case in enumerate(cases):
            row = _built(builder, case)
            sys.stderr.write(f"{number + 1}/{len(cases)} {json.dumps(row)[:200]}\n")
            if row:
                with results.open("a") as lines:
                    lines.write(f"{json.dumps(row)}\n")


def _built(builder: Builder, case: Case) -> dict | None:
    """Return the bytes of a case's last layer, and the lock files made for it."""
    with tempfile.TemporaryDirectory() as name:
        locks = _locks(case)
        _write(case, Path(name), locks)
        try:
            size = builder.last_layer(Path(name))
        except RuntimeError as error:
            sys.stderr.write(f"{case.key}: {error}\n")
            return None
    return {"key": case.key, "family": case.family, "bytes": size, "files": locks}


def _locks(case: Case) -> dict[str, str]:
    """Make the lock file of a case that has a project."""
    files = dict(case.files)
    commands = {
        "pyproject.toml": ("uv.lock", ["uv", "lock", "--no-cache", "--python", sys.executable]),
        "package.json": (
            "package-lock.json",
            ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved=false"],
        ),
    }
    found = {}
    for manifest, (lock, command) in commands.items():
        if manifest in files:
            with tempfile.TemporaryDirectory() as name:
                Path(name, manifest).write_text(files[manifest])
                subprocess.run(command, cwd=name, check=True, capture_output=True)  # noqa: S603  of this file
                found[lock] = Path(name, lock).read_text()
    return found


def table(way: str, results: list[Result]) -> str:
    """Return the figures of each family, and those of the half that no constant was chosen by."""
    rows = [
        f"{way:14} built known  median    90th  worst  within {FACTOR}",
    ]
    families = sorted({each.case.family for each in results})
    apart = held_out()
    rows += [
        _row(name, [each for each in results if each.case.family == name]) for name in families
    ]
    rows += [
        _row(
            f"{name}, drawn",
            [each for each in results if each.case.family == name and each.case.key in apart],
        )
        for name in families
    ]
    rows.append(_row("all", results))
    rows.append(_row("all, drawn", [each for each in results if each.case.key in apart]))
    return "\n".join(rows)


def _row(name: str, results: list[Result]) -> str:
    known = [each for each in results if each.said is not None]
    start = f"{name:14} {len(results):5} {len(known):5}"
    if not known:
        return start
    errors = sorted(each.error for each in known)
    ninth = errors[min(len(errors) - 1, int(0.9 * len(errors)))]
    worst = max(max(each.ratio, 1 / max(each.ratio, 1e-9)) for each in known)
    near = sum(1 / FACTOR <= each.ratio <= FACTOR for each in known)
    return (
        f"{start} {statistics.median(errors):7.1%} {ninth:7.1%} {worst:6.2f}  {near}/{len(known)}"
    )


def note(text: str, results: dict[str, list[Result]]) -> str:
    """Return the note: the figures, and all ratios."""
    apart = held_out()
    ways = list(results)
    lines = [
        "# What installs weigh: predicted and real",
        "",
        "Written by `python benchmarks/installs.py --build --online --note FILE`. Each layer was",
        "built by a Docker Engine and pushed to a registry, whose bytes count. None of pip's keeps",
        "a cache, since the index that they came from allows none.",
        "The ratio is what dlint says to what there is; `-` means that it says no number, or a",
        f"lower bound alone. Installs marked `*` were drawn by a seed ({SEED}): no constant was",
        "chosen by what they show.",
        "",
        "```",
        text,
        "```",
        "",
        f"| | install | bytes | {' | '.join(ways)} |",
        f"|---|---|---:|{'---:|' * len(ways)}",
    ]
    for those in zip(*results.values(), strict=True):
        case = those[0].case
        ratios = " | ".join("-" if each.said is None else f"{each.ratio:.2f}" for each in those)
        mark = "*" if case.key in apart else ""
        text = case.key.replace("|", "\\|")
        lines.append(f"| {mark} | `{text[:160]}` | {those[0].true:,} | {ratios} |")
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    sys.exit(main())
