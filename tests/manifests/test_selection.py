"""What flags of installs select."""

import pytest

from dlint.manifests import Selection, selection_of


@pytest.mark.parametrize(
    ("manager", "command", "selected"),
    [
        ("uv", "sync --frozen", {}),
        (
            "uv",
            "sync --no-dev --extra web --extra=db",
            {"without": {"dev"}, "extras": {"web", "db"}},
        ),
        (
            "uv",
            "sync --group docs --no-group lint --all-extras",
            {"groups": {"docs"}, "without": {"lint"}, "extras": {"*"}},
        ),
        ("uv", "sync --only-group docs", {"only": {"docs"}}),
        ("uv", "sync --only-dev", {"only": {"dev"}}),
        ("uv", "sync --no-default-groups --all-groups", {"groups": {"*"}, "defaults": False}),
        ("uv", "sync --package core", {"members": {"core"}}),
        (
            "poetry",
            "install --with docs,test --without dev",
            {"groups": {"docs", "test"}, "without": {"dev"}},
        ),
        ("poetry", "install --only main", {"only": {"main"}}),
        (
            "poetry",
            "install --no-dev -E web --extras 'a b'",
            {"without": {"dev"}, "extras": {"web", "a", "b"}},
        ),
        ("pdm", "install --prod -G web", {"defaults": False, "groups": {"web"}, "extras": {"web"}}),
        ("pdm", "sync -G :all", {"groups": {"*"}, "extras": {"*"}}),
        ("pipenv", "install --deploy", {"defaults": False}),
        ("pipenv", "sync --dev", {"defaults": False, "groups": {"dev"}}),
        ("npm", "ci --omit=dev", {"without": {"dev"}}),
        ("npm", "ci --omit dev --omit=optional", {"without": {"dev", "optional"}}),
        ("npm", "ci --omit=dev --include=dev", {}),
        ("npm", "install --production", {"without": {"dev"}}),
        ("npm", "install --production=false", {}),
        ("npm", "install --only=prod --no-optional", {"without": {"dev", "optional"}}),
        ("npm", "ci -- --omit=dev", {}),
        ("yarn", "install --production --ignore-optional", {"without": {"dev", "optional"}}),
        ("pnpm", "install -P", {"without": {"dev"}}),
        ("pnpm", "install --dev", {"only": {"dev"}}),
        ("bundler", "install --without development test", {"without": {"development"}}),
        ("bundler", "install --without=development:test", {"without": {"development", "test"}}),
        ("composer", "install --no-dev", {"without": {"dev"}}),
        ("cargo", "build --release", {}),
    ],
)
def test_flags(manager, command, selected):
    words = [word.strip("'") for word in command.replace("'a b'", "'a\0b'").split()]
    expected = {
        name: frozenset(value) if isinstance(value, set) else value
        for name, value in selected.items()
    }
    assert selection_of(manager, [word.replace("\0", " ") for word in words]) == Selection(
        **expected
    )


@pytest.mark.parametrize(
    ("manager", "variables", "without"),
    [
        ("npm", {"NODE_ENV": "production"}, {"dev"}),
        ("npm", {"NODE_ENV": "development"}, set()),
        ("npm", {"NPM_CONFIG_OMIT": "dev optional"}, {"dev", "optional"}),
        ("bundler", {"BUNDLE_WITHOUT": "development:test"}, {"development", "test"}),
        ("composer", {"COMPOSER_NO_DEV": "1"}, {"dev"}),
        ("composer", {"COMPOSER_NO_DEV": "0"}, set()),
        ("uv", {"UV_NO_DEV": "true"}, {"dev"}),
    ],
)
def test_variables(manager, variables, without):
    assert selection_of(manager, ["install"], variables).without == without


def test_a_value_that_is_not_known():
    assert not selection_of("uv", ["sync", "--extra", None]).known
    assert selection_of("uv", ["sync", None, "--no-dev"]).known
