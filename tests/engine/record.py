"""Write down what real pushes of the projects do, so that the model can be worked on without an
engine.

Usage: python tests/engine/record.py OUT_DIR [--builder docker|buildkit|classic|buildah] [PROJECT
...]

OUT_DIR/PROJECT gets pushes.json, the git repository and a sparse OCI layout: see run_project in
harness/pushes.py.
`DLINT_ENGINE_TRUTH=OUT_DIR pytest tests/engine/test_push.py` then holds `dlint push` against it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from harness.pushes import BuildError, signs
from harness.session import BUILDERS, Session
from projects import PROJECTS


def main() -> int:
    """Record the projects named, or all; return 1 if a build failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", metavar="PROJECT")
    parser.add_argument("--builder", choices=BUILDERS, default="docker")
    options = parser.parse_args()
    failed = 0
    with Session() as session:
        for name in options.names or [
            name for name, project in PROJECTS.items() if project.runs_on(options.builder)
        ]:
            to = options.out / name
            shutil.rmtree(to, ignore_errors=True)
            started = time.monotonic()
            lacking = session.lacks(PROJECTS[name], options.builder)
            if lacking:
                sys.stdout.write(f"-        {name}: {lacking}\n")
                continue
            try:
                pushes = session.run(PROJECTS[name], options.builder, to)
            except BuildError as error:
                failed = 1
                sys.stdout.write(f"FAILED   {name}: {error}\n")
                continue
            seen = [signs(push) for push in pushes]
            as_expected = all(
                push["expect"] in {"", sign} for push, sign in zip(pushes, seen, strict=True)
            )
            sys.stdout.write(
                f"{'ok' if as_expected else 'SURPRISE':8} {name}: {' '.join(seen)}"
                f"{'' if as_expected else ' not ' + ' '.join(push['expect'] for push in pushes)}"
                f" ({time.monotonic() - started:.1f} s)\n"
            )
            sys.stdout.flush()
    return failed


if __name__ == "__main__":
    sys.exit(main())
