"""bundler: a Ruby project's gems."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import Cache, Development, Manager, Runner, Verb, installs, words
from dlint.shell.managers.ruby_family import GEM_CACHE
from dlint.shell.managers.words import INSTALL
from dlint.text.patterns import regex

_BUNDLE = Cache(
    "cache",
    ("vendor/bundle",),
    ("$BUNDLE_PATH",),
    below=("ruby/*/cache", "cache"),
    holds=("*.gem",),
    located="in the `cache` folder of the gems",
    below_version=True,
)

_OF_UPDATE = ("Gemfile", "Gemfile.lock", "*.gemspec")

manager = Manager(
    name="bundler",
    commands=("bundle", "bundler"),
    verbs=(
        *installs(
            "install|package|cache",
            files=(
                "Gemfile",
                "Gemfile.lock",
                "gems.rb",
                "gems.locked",
                "*.gemspec",
                ".bundle/config",
                ".ruby-version",
                ".tool-versions",
                "vendor/cache/**",
            ),
            locked=False,
        ),
        Verb(
            "",
            INSTALL,
            files=("Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version"),
            locked=False,
            without=words("-v --version -h --help"),
        ),
        # of Bundler alone: the gems stay as they are locked
        *installs("update", files=_OF_UPDATE, needs=words("--bundler"), locked=True),
        *installs("update", files=_OF_UPDATE, locked=False),
    ),
    versioned=words("bundle"),
    runner=Runner("exec"),
    values=words(
        "-j --jobs --gemfile --path --without --with --retry --shebang --standalone --binstubs"
        " --trust-policy"
    ),
    project_files=("--gemfile",),
    project_variables=("BUNDLE_GEMFILE",),
    named_files=("Gemfile", "Gemfile.lock", "gems.rb", "gems.locked"),
    settings={
        "deployment": "BUNDLE_DEPLOYMENT",
        "frozen": "BUNDLE_FROZEN",
        "without": "BUNDLE_WITHOUT",
        "path": "BUNDLE_PATH",
    },
    lock_files=("Gemfile.lock", "gems.locked"),
    held_by="BUNDLE_FROZEN=true",
    keeps_to_lock=True,
    locked=words("--deployment --frozen"),
    locked_variables=("BUNDLE_DEPLOYMENT", "BUNDLE_FROZEN"),
    no_dev=words("--without"),
    no_dev_variables=("BUNDLE_WITHOUT", "BUNDLE_ONLY"),
    dev_default=True,
    development=Development(
        "Gemfile",
        re.compile(rb"\bgroups?\b"),
        regex(r"\b(?:rake|rspec|rails|make)\b"),
        # a variable, since what runs the programs later has to know of it, too
        advice="leave out the groups for development with an `ENV BUNDLE_WITHOUT` before it",
    ),
    leads_to=("**/version.rb",),
    caches=(
        GEM_CACHE._replace(
            off=words("--deployment --path"),
            off_variables=("BUNDLE_DEPLOYMENT", "BUNDLE_PATH"),
        ),
        _BUNDLE._replace(
            on=words("--deployment --path BUNDLE_DEPLOYMENT BUNDLE_PATH"), flags=("--path",)
        ),
    ),
    stores=("bundle",),
)
