"""What programs of other stages write, change and delete: the same bytes again, or others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.project import Project, step

from .words import ASSETS, dockerfile, fill, from_stage

if TYPE_CHECKING:
    from harness.project import Change

SOURCE = {"src/main.c": "int main;\n", "src/notes.txt": "one\n"}
OTHER_NOTES = {"src/notes.txt": "two\n"}
OTHER_MAIN = {"src/main.c": "int other;\n"}


def program(path: str) -> str:
    """Return a COPY that puts a script of the context in the place of a program."""
    return f"COPY --chmod=755 {path} /usr/bin/{path}"


def shell(text: str) -> str:
    """Return a shell script."""
    return f"#!/bin/sh\nset -e\n{text}\n"


def built(*lines: str) -> str:
    """Return a stage called `build`."""
    return from_stage("build", *lines)


def project(name: str, shows: str, text: str, files: dict[str, Change], *steps: object) -> Project:
    """Return a project whose later steps are given as pairs of changes and what they push."""
    first = step({"Dockerfile": text, **SOURCE, **files})
    return Project(name, shows, (first, *(step(changes, signs) for changes, signs in steps)))  # type: ignore[misc]  # pairs


PROJECTS = (
    project(
        "make-writes-elsewhere",
        "what `make` installs is the same as long as what it reads is, and so is all that follows",
        built(program("make"), "WORKDIR /src", "COPY src .", "RUN make install")
        + dockerfile("COPY --from=build /opt/out /opt/out", fill(1_000)),
        {"make": shell("mkdir -p /opt/out && cp main.c /opt/out/")},
        (OTHER_NOTES, "==="),
        (OTHER_MAIN, "=++"),
    ),
    project(
        "script-beside-sources",
        "a script of the context runs again and leaves what the image takes of its folder",
        built("COPY src /w/src", program("build.sh"), "RUN build.sh")
        + dockerfile(
            "COPY --from=build /out /out",
            "COPY --from=build /w/src/main.c /m/",
            fill(1_000),
            "COPY src/main.c /y/z/",
        ),
        {"build.sh": shell("mkdir /out && cp /w/src/main.c /out/")},
        (OTHER_NOTES, "====="),
        (OTHER_MAIN, "=++++"),
    ),
    project(
        "scripts-of-an-install",
        "`npm ci` and `npm run` write what the project says, beside it and elsewhere",
        built(
            program("npm"),
            "WORKDIR /app",
            "COPY package.json src/main.c ./",
            "RUN npm ci",
            "COPY src src",
            "RUN npm run build",
        )
        + dockerfile(
            "COPY --from=build /app/node_modules /app/node_modules",
            "COPY --from=build /prepared /prepared",
            "COPY --from=build /dist /dist",
        ),
        {
            "package.json": '{"scripts": {"build": "one"}}\n',
            "npm": shell(
                "case $1 in ci) mkdir -p node_modules/a /prepared && echo a >node_modules/a/a"
                " && cp main.c /prepared/ ;; run) mkdir -p ../dist && cp src/main.c ../dist/ ;; esac"
            ),
        },
        ({"package.json": '{"scripts": {"build": "two"}}\n'}, "===="),
        (OTHER_NOTES, "===="),
        (OTHER_MAIN, "==++"),
    ),
    project(
        "copies-and-links",
        "what cp, mv, ln and install make is what they copy: a part of it changes with that part",
        built(
            "COPY src /src",
            "RUN cp -a /src /copied && mv /copied/notes.txt /moved.txt"
            " && ln -s /src /linked && install -D -m 644 /src/main.c /installed/main.c",
        )
        + dockerfile(
            "COPY --from=build /copied/main.c /copied/",
            "COPY --from=build /moved.txt /moved.txt",
            "COPY --from=build /installed /installed",
            "COPY --from=build /linked/main.c /linked/",
        ),
        {},
        (OTHER_NOTES, "==+++"),
        (OTHER_MAIN, "=+=++"),
    ),
    project(
        "edits-and-deletions",
        "sed, find, truncate and rm take out again what changed",
        built(
            "COPY src /src",
            "RUN rm /src/notes.txt && echo /src/main.c | xargs truncate -s 3"
            " && sed -i s/int/long/ /src/main.c && dd if=/dev/zero of=/zeros bs=1000 count=50",
        )
        + dockerfile("COPY --from=build /src /src", "COPY --from=build /zeros /zeros"),
        {},
        (OTHER_NOTES, "==="),
        (OTHER_MAIN, "==="),
        ({"src/main.c": "nt x;\n"}, "=++"),
    ),
    project(
        "script-that-deletes",
        "a script that changes folders which the context filled: no size and no status is sure",
        built("COPY assets /venv", "COPY strip.sh /strip.sh", "RUN sh /strip.sh")
        + dockerfile(
            "COPY --from=build /venv /venv",
            "COPY assets /srv/app",
            "COPY strip.sh /strip.sh",
            "RUN cp -r /srv/app /venv/more && sh /strip.sh",
            "RUN chown -R 1000 /venv && cp -r /venv /copy",
        ),
        {**ASSETS, "strip.sh": "rm /venv/words.txt || rm /venv/model.bin\n"},
        ({"strip.sh": "rm -f /venv/words.txt || true\n"}, "===+++"),
        ({"strip.sh": "rm -f /venv/model.bin\n"}, "=+++++"),
    ),
    project(
        "git-moves-files",
        "what stands in a working tree is what was checked out last",
        built(
            program("git"),
            "RUN git clone https://git.example/one /one",
            "ARG REVISION=one",
            "WORKDIR /one",
            "RUN git checkout $REVISION",
        )
        + dockerfile("COPY --from=build /one /one"),
        {"git": shell("case $1 in clone) mkdir -p $3 ;; checkout) echo $2 >/one/revision ;; esac")},
        (
            {
                "Dockerfile": built(
                    program("git"),
                    "RUN git clone https://git.example/one /one",
                    "ARG REVISION=two",
                    "WORKDIR /one",
                    "RUN git checkout $REVISION",
                )
                + dockerfile("COPY --from=build /one /one")
            },
            "=+",
        ),
    ),
)
