"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from dlint.config.settings import VARIABLES

# How long an example takes tells of the machine, and of what else it does just now.
settings.register_profile("dlint", deadline=None)
settings.load_profile("dlint")

# What a developer has configured for dlint decides no test: nobody's configuration is here.
for variable in ("XDG_CONFIG_HOME", "APPDATA"):
    os.environ[variable] = str(Path(__file__).resolve().with_name("nobody"))
for variable in VARIABLES.values():
    os.environ.pop(variable, None)


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Let no test read what a developer's runs have kept, nor leave anything there."""
    os.environ["DLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("kept"))
