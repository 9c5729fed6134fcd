"""Every rule's page: its examples are run, its list is compared; and the fixtures' own
expectations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house import PROJECT

from dlint.config.settings import Overrides
from dlint.lint import pages
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.project.purpose import is_dockerfile
from dlint.testing import Bench, check_fixture, check_rule, examples

if TYPE_CHECKING:
    from pathlib import Path

ASKING = {"pin/base-digest"}  # a registry's answer decides its fix
RULES = Plugins(third_party=False).rules
# Those of the builder's own complaints, and of comments, have other pages.
OWN = [name for name in RULES if name.partition("/")[0] not in {"syntax", "suppression"}]
FIXTURES = [
    path
    for path in sorted((PROJECT / "fixtures").rglob("*"))
    if is_dockerfile(path.name) and path.is_file()
]


@pytest.mark.parametrize("name", RULES)
def test_the_examples_of_the_page(name: str) -> None:
    check_rule(RULES[name], shows_fix=name not in ASKING)


@pytest.mark.parametrize("name", OWN)
def test_each_finding_says_what_to_do(name: str) -> None:
    for example in examples(RULES[name]):
        with Bench(RULES[name], example) as bench:
            assert bench.without_remedy == []


@pytest.mark.parametrize(
    "path", FIXTURES, ids=lambda path: str(path.relative_to(PROJECT / "fixtures"))
)
def test_the_fixture_shows_what_it_expects(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    check_fixture(path.relative_to(PROJECT), RULES)


def test_the_list_is_up_to_date() -> None:
    written = (PROJECT / "rules" / "README.md").read_text(encoding="utf-8")
    assert written == pages.listing(RULES.values()), (
        "run: dlint rules --no-plugins --output-format markdown"
    )


PART = """RUN --mount=type=cache,target=/var/cache/apt curl -O https://example.com/latest/a.tar.gz; \\
    apt-get update && apt-get install -y git curl && pip install -r requirements.txt && npm ci && chown -R a /a
ADD https://example.com/a.tar.gz /a
COPY --from=other --chown=a . /a
COPY . $A
ARG GIT_SHA
ENV A=$GIT_SHA
WORKDIR /a
USER a
SHELL ["/bin/bash", "-c"]
HEALTHCHECK CMD curl -f http://localhost
ONBUILD RUN apt-get upgrade -y
CMD ["a"]
"""


@pytest.mark.parametrize("text", [PART, f"{PART}FROM debian:12\n{PART}", ""])
def test_instructions_above_any_stage_are_no_rule_s_undoing(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements.txt").write_text("flask")
    (tmp_path / "Dockerfile").write_text(text)
    found = Checker(Spec(Overrides(isolated=True, select=("all",))), RULES).check(
        Task((tmp_path / "Dockerfile").as_posix())
    )
    assert found.diagnostics[0].rule == "syntax/error"
