"""dockerfile-parse is loaded without what it does not use, and uses it all the same."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from dlint.syntax.library import DockerfileParser
assert not {"json", "logging"} & set(sys.modules)
from dockerfile_parse.parser import Labels, json, logger, logging
import logging as own
logger.error("written by %s", "logging")
assert logging.getLogger("a").name == "a" and logging.INFO == own.INFO
assert json.dumps([1]) == "[1]"
hash(Labels({"a": "b"}, None))
"""


def test_what_it_asks_for_is_loaded_when_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stderr == "written by logging\n"


def test_what_is_loaded_already_stays() -> None:
    program = "import json, logging; import dlint.syntax.library; import dockerfile_parse.parser as p; assert p.json is json and p.logging is logging"
    subprocess.run([sys.executable, "-c", program], check=True)
