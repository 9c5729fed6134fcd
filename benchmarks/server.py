"""Measures how long `dlint server` takes to answer a keystroke: a real process, over its pipes.

    python benchmarks/server.py [--keystrokes N] [--files N] [--folder DIR]

The project is made: a Dockerfile of some 470 lines (11 stages that are built alike, and one that
copies from all of them and takes the whole context) in a git repository of 10,000 files. A
keystroke is a new text of the document, at the top, in the middle and at the end of the file in
turn. It is answered when the diagnostics of that version have come. Printed are the median and the
95th percentile of the wall clock, and the processor's seconds that the server took for each: on a
machine that does other things as well, only the second is the server's own. The pause that the
server makes after a keystroke is in the first and not in the second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import IO, Any

SERVICE = """\
FROM python:3.12-slim AS {name}
ARG VERSION=1.0
WORKDIR /srv/{name}
ENV PYTHONUNBUFFERED=1 \\
    SERVICE={name}
# what the service needs of the system
RUN apt-get update \\
    && apt-get install -y --no-install-recommends \\
        build-essential \\
        ca-certificates \\
        curl \\
        git \\
        libpq-dev \\
        libssl-dev \\
        pkg-config \\
    && rm -rf /var/lib/apt/lists/*
RUN set -eux; \\
    curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-${{VERSION}}.tar.gz; \\
    tar -xzf /tmp/tool.tar.gz -C /usr/local/bin; \\
    rm /tmp/tool.tar.gz; \\
    tool --version
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY src/part{number:03} ./part{number:03}
RUN if [ -n "$VERSION" ]; then \\
        echo "$VERSION" > /srv/{name}/version; \\
    fi; \\
    for each in part{number:03}/*.py; do \\
        python -m py_compile "$each"; \\
    done
RUN groupadd --system app \\
    && useradd --system --gid app app \\
    && chown app:app /srv/{name}
EXPOSE 80{number:02}
USER app
HEALTHCHECK --interval=30s --timeout=3s \\
    CMD curl -f http://localhost:80{number:02}/ || exit 1
ENTRYPOINT ["python", "-m", "part{number:03}"]

"""
SERVICES = 12
COMMITS = 30
TICKS = os.sysconf("SC_CLK_TCK")
CPU_FIELDS = slice(11, 15)  # of /proc/PID/stat behind the name: own and children's ticks


def dockerfile() -> str:
    """Return the text that is edited."""
    stages = [SERVICE.format(name=f"service{each}", number=each) for each in range(SERVICES)]
    copies = [f"COPY --from=service{n} /srv/service{n} ./service{n}\n" for n in range(SERVICES)]
    end = 'COPY . .\nCMD ["python", "-m", "part000"]\n'
    return "".join([*stages, "FROM python:3.12-slim\nWORKDIR /srv\n", *copies, end])


def make_project(folder: Path, files: int) -> None:
    """Write the repository, with some commits of history."""
    for number in range(files):
        path = folder / "src" / f"part{number // 100:03}" / f"module{number % 100:03}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"NUMBER = {number}\n" * (1 + number % 50))
    (folder / "requirements.txt").write_text("flask==3.0.3\nrequests==2.32.3\n")
    (folder / ".dockerignore").write_text(".git\n**/*.md\n")
    (folder / "Dockerfile").write_text(dockerfile())
    identity = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.com")

    def git(*words: str) -> None:
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)  # noqa: S603, S607  words, from the PATH

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "All of it")
    for number in range(COMMITS):
        (folder / "src" / "part000" / f"module{number:03}.py").write_text(f"# {number}\n")
        git("commit", "--quiet", "--all", "--message", f"Change {number}")


class Client:
    """As much of an editor as is needed, so that little of what is measured is its own."""

    def __init__(self, folder: Path) -> None:
        """Start the server, and take what it can do."""
        command = [sys.executable, "-m", "dlint", "server"]
        self._server = subprocess.Popen(  # noqa: S603  words, never a shell
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._in, self._out = self._server.stdin, self._server.stdout
        self._version = 0
        self._uri = (folder / "Dockerfile").as_uri()
        root = {"uri": folder.as_uri(), "name": "project"}
        self._ask("initialize", {"processId": None, "capabilities": {}, "workspaceFolders": [root]})
        self._tell("initialized", {})

    def open(self, text: str) -> float:
        """Open the document; the seconds until it is checked."""
        document = {"uri": self._uri, "languageId": "dockerfile", "version": 0, "text": text}
        return self._checked("textDocument/didOpen", {"textDocument": document})

    def type(self, text: str) -> float:
        """Give a new text; the seconds until it is checked."""
        self._version += 1
        document = {"uri": self._uri, "version": self._version}
        changes = {"textDocument": document, "contentChanges": [{"text": text}]}
        return self._checked("textDocument/didChange", changes)

    def hints(self) -> float:
        """Ask for the hints of the whole document; the seconds until they come."""
        start, end = {"line": 0, "character": 0}, {"line": 9999, "character": 0}
        begun = time.perf_counter()
        self._ask(
            "textDocument/inlayHint",
            {"textDocument": {"uri": self._uri}, "range": {"start": start, "end": end}},
        )
        return time.perf_counter() - begun

    def processor_seconds(self) -> float:
        """Return what the server and the programs that it ran have used."""
        stat = Path(f"/proc/{self._server.pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[CPU_FIELDS])) / TICKS

    def close(self) -> None:
        """End the session."""
        self._ask("shutdown", None)
        self._tell("exit", None)
        self._server.wait()

    def _checked(self, method: str, params: Any) -> float:  # noqa: ANN401  JSON
        begun = time.perf_counter()
        self._tell(method, params)
        while True:
            message = self._take()
            shown = message.get("params") or {}
            if (
                message.get("method") == "textDocument/publishDiagnostics"
                and shown.get("version") == self._version
                and shown["uri"] == self._uri
            ):
                return time.perf_counter() - begun

    def _ask(self, method: str, params: Any) -> Any:  # noqa: ANN401  JSON
        self._send({"id": method, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == method:
                return message["result"]

    def _tell(self, method: str, params: Any) -> None:  # noqa: ANN401  JSON
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = _there(self._in)
        stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        stream.flush()

    def _take(self) -> Any:  # noqa: ANN401  JSON
        stream = _there(self._out)
        length = 0
        while (line := stream.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(stream.read(length))


def _there(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the server has no pipe")
    return stream


def versions(text: str) -> list[str]:
    """Return texts in which a comment is typed at the top, in the middle and at the end."""
    lines = text.splitlines(keepends=True)
    blank = [at for at, line in enumerate(lines) if not line.strip()]
    places = [0, blank[len(blank) // 2], len(lines)]
    return ["".join([*lines[:at], "# {}\n", *lines[at:]]) for at in places]


def measure(folder: Path, keystrokes: int) -> dict[str, float]:
    """Return the figures, in milliseconds."""
    text = (folder / "Dockerfile").read_text()
    client = Client(folder)
    found = {"open": client.open(text)}
    forms = [
        each.replace("{", "{{").replace("}", "}}").replace("# {{}}", "# {}")
        for each in versions(text)
    ]
    typed = [forms[number % len(forms)].format(number) for number in range(keystrokes)]
    for each in typed[: len(forms)]:  # until nothing is new to it
        client.type(each + "# warm\n")
    before = client.processor_seconds()
    walls = [client.type(each) for each in typed]
    found["cpu mean"] = (client.processor_seconds() - before) / keystrokes
    found["wall median"], found["wall p95"] = median(walls), quantiles(walls, n=20)[-1]
    found["hints, first"] = client.hints()
    hints = []
    for each in typed[: keystrokes // 4]:
        client.type(each + "# more\n")
        hints.append(client.hints())
    found["hints median"] = median(hints)
    client.close()
    return {name: 1000 * seconds for name, seconds in found.items()}


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--keystrokes", type=int, default=60)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="a project that is there already")
    args = parser.parse_args()
    with TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        if args.folder is None:
            make_project(folder, args.files)
        lines = (folder / "Dockerfile").read_text().count("\n")
        sys.stdout.write(f"{lines} lines, {args.keystrokes} keystrokes\n")
        for name, value in measure(folder, args.keystrokes).items():
            sys.stdout.write(f"{name:14}{value:8.0f} ms\n")


if __name__ == "__main__":
    main()
