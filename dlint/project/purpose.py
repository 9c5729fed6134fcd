"""What the name of a file, its place in the repository, or the name of a stage, says of what it is
for: by its name it is a Dockerfile, or none.

The words that several questions share: what tests a program, what people or services work in, what
is built by hand on one's own machine, what stands beside a product. Words that matter to a single
question stand where it is answered.
"""

from __future__ import annotations

import posixpath
import re

from dlint.text.patterns import regex

# The hooks for pre-commit carry the same two patterns. Of 7,959 public Dockerfiles the first takes
# 7,953.
TAKEN = regex(
    r"(?i)(^|/)(dockerfile|containerfile)([._-][^/]*)?$|(?-i:(^|/)Dockerfile[A-Z0-9][\w-]*$)"
    r"|\.(dockerfile|containerfile)$"
)
# Ignore files, prose, templates, data, pictures, what editors and patches leave; and
# `dockerfile.go`, a program that reads Dockerfiles (`Dockerfile.go` is one).
LEFT_OUT = regex(
    r"(?i:\.(dockerignore|md|rst|adoc|txt|j2|jinja2?|tmpl|tpl|template|erb|ejs|hbs|mustache|m4|ftl|json|ya?ml|toml"
    r"|sw[nop]|bak|orig|rej|diff|patch|save|png|svg|jpe?g|gif|webp|pdf|html?|css|log|zip|t?gz|tar|asc|sig|sha256))$"
    r"|(^|/)(docker|container)file[^/]*\.(c|cc|cpp|cs|exs?|go|h|java|jsx?|kt|lua|mjs|php|pl|py|rb|rs|scala|sh|swift|tsx?|vim)$|~$"
)
_MOST = frozenset(("dockerfile", "containerfile"))
SCRIPTS = (".sh", ".bash", ".zsh")  # how the names of scripts for a shell end
# An action of GitHub that pushes what is built, by its name: not one that builds as well.
_BY_ACTION = (
    r"\buses:[ \t]*['\"]?(?!docker/)[\w.-]+/(?:[\w.-]+/)*(?:[\w.]+-)*?(?<!build-)"
    r"(?:(?:docker|image|container|ecr)-push|push-(?:to-)?(?:docker|image|container|ecr|registry))"
    r"(?![a-z])"
)
# What pushes an image: a command, of which a variable may hold the program (`$(DOCKER) push`), or
# such an action.
PUSHES = regex(
    r"(?:\b(?:docker|podman|buildah|skopeo|crane)"
    r"|\$[({](?:DOCKER|PODMAN|CONTAINER)\w{0,20}[)}])[ \t][^\n]{0,80}\b(?:push|copy)\b|--push\b"
    r"|\boras[ \t]+(?:copy|cp)\b[^\n]{0,80}--from-oci-layout\b"  # what a build exported
    rf"|{_BY_ACTION}"
)
# What a text says that is about images.
SPEAKS = regex(r"(?i)docker|kaniko|buildah|podman|container|compose|skaffold|\bacr[ \t]build\b")
# Where files of Azure Pipelines are, and what begins the names of others, as most have it.
AZURES_FOLDERS = (
    *(".azure", ".azure-pipelines", ".azuredevops", ".azdo", ".pipelines", ".vsts"),
    "azure-pipelines",
)
_AZURES_NAMES = ("azure-pipelines", ".vsts")
# Folders of what tests a program, or of what people and services work in with it. `fixtures` is not
# one by itself: where it holds what tests need, it mostly stands below one of these. The names with
# underscores are those of Jest and Vitest, whose folders stand beside the sources.
_FOLDERS = frozenset(
    (
        *("test", "tests", "testing", "testdata", "e2e"),
        *("__tests__", "__fixtures__", "__mocks__", "__snapshots__"),
        *("suites", "benchmark", "benchmarks", "fuzz", "fuzzing"),
        *(".devcontainer", "devcontainer", ".codesandbox", ".gitpod", ".clusterfuzzlite"),
    )
)
# What programs that are under test read: theirs is the text of a file, whatever it is called.
_DATA = frozenset(
    ("testdata", "test-data", "test_data", "__fixtures__", "__mocks__", "__snapshots__")
)
_FIXTURES = frozenset(("fixture", "fixtures", "snapshots"))
# Where the tests of a program that reads Dockerfiles keep many; a single one may be a product's.
_MANY = regex(r"(?:\A|/)integration/dockerfiles(?![a-z])")
# What a file there is called that says how a test finds it: `fixtures/invalid.Dockerfile`.
_FOUND = regex(
    r"(?i)(?:^|[._-])(?:bad|broken|corrupt(?:ed)?|empty|faulty|(?:in)?valid|malformed)(?=[._-]|$)"
)
# Those of one kind of tests, or of what tests need: `fstest`, `load-tests`, `testserver`.
_KIND = (
    "acceptance|api|conformance|db|docker|e2e|fs|func(?:tional)?|image|integration|k8s|kube|load"
    "|perf(?:ormance)?|regression|sanity|smoke|stress|system|ui|unit"
)
_KINDS = regex(
    rf"(?:{_KIND})[-_]?tests?\Z|tests?[-_]?(?:{_KIND})\Z"
    r"|test[-_]?(?:app|bed|bench|case|cluster|container|env|fixture|harness|helper|image|infra|kit|lab"
    r"|project|resource|runner|server|setup|suite|support|util)s?\Z"
)
# Words of a file's name: `Dockerfile.test`, `e2e.Dockerfile`, `Dockerfile-integration-tests`.
_WORDS = regex(
    r"(?i)(?:^|[._-])(?:e2e|tests?|unittests?|integration|benchmarks?|fuzz(?:er|ing)?|complement\w*"
    r"|devcontainer|gitpod|codesandbox|tilt)(?=[._-]|$)"
)

_DEVELOPING = frozenset(
    (
        *("dev", ".dev", "development", "hack", "local", "debug", ".devcontainer", "devcontainer"),
        *(".github", ".vscode", ".idea"),  # of a service and of editors
    )
)
# What the comment at the head of a file says of an image that nobody else gets.
_SAYS_SO = regex(
    r"(?i)\b(?:purely|only|just|solely|exclusively) (?:used |meant |intended )?for"
    r" (?:local )?(?:development|testing|tests)\b"
    r"|\bfor (?:local )?(?:development|testing)(?: purposes?| use)? only\b"
    r"|\bfor (?:integration|unit|e2e|end-to-end)[ -]test(?:s|ing)\b"
    r"|\bnot (?:meant|intended|supposed) to be (?:actually )?(?:deployed|published|pushed|used)\b"
    r"|\b(?:not|never) (?:[\w-]+ ){0,2}(?:for|in) production\b"
    r"|\b(?:dev(?:elopment)?|e2e|tests?|testing)[ -]only\b"
)
# A comment that shows how somebody builds the image for the machine at hand.
_BUILT_LOCALLY = regex(
    r"(?m)^[ \t]*+#[^\n]{0,200}?\bdocker[ \t]+(?:buildx[ \t]+)?build[ \t]"
    r"(?![^\n]{0,200}?--push\b)[^\n]{0,200}?(?:-t|--tag)[ =][\w./-]{1,200}:local\b"
)
# What a short README says of the images of its folder, where it does not tell how to get them.
_IMAGES_FOR_TESTS = regex(r"(?i)\bimages? (?:used )?for (?:[\w-]+ ){0,4}(?:testing|tests)\b")
_GIVEN_OUT = regex(r"(?i)pull|push|publish|registry|\bhub\b|production|://")
_LONGEST_README = 1_000  # a longer one tells of more than that
_OF_CROSS = "CROSS_BASE_IMAGE"
_DEVELOPING_WORDS = regex(
    r"(?:^|[._-])(?:dev|develop|development|debug|devcontainer|local|tilt|gitpod|codesandbox)"
    r"(?=[._-]|$)"
)
# Folders of what others wrote, and those that carry the release which was taken (`zstd-1.5.7`).
_OF_OTHERS = regex(
    r"(?:vendor(?:ed)?|third[-_]?party|3rd[-_]?party|node_modules|submodules?)\Z|[a-z][\w.+-]*-v?\d+\.\d+\.\d+\Z"
)
_TEMPLATES = regex(
    r"_?(?:templates?|scaffold(?:ing|s)?|skeletons?|boilerplates?|cookiecutters?)\Z|\{\{"
)
_EXAMPLES = frozenset(("example", "examples", "sample", "samples"))  # a demo is often pushed
# Words of a name, of a stage's, too, that say that no user of the program gets what it names. What
# is local may be part of a product: `local_db`.
_NO_PRODUCT = regex(
    r"(?i)(?:^|[._/-])(?:dev|devel|development|devcontainer|tests?|testing|testdata|e2e|ci|lint|tilt|fuzz|bench\w*"
    r"|local(?![_-](?!build|dev|test)))"
    r"(?:[._/-]|$)"
)
# Folders, and words of a path, whose images need not keep to the bases of the others.
_ASIDE = frozenset(
    """
    archive archived base benchmark benchmarks build builder ci debug demo demos deprecated dev
    devcontainer devel develop development doc docs e2e example examples experimental external
    fixture fixtures integration legacy local lowest newest old oldest original sample samples
    template templates test testdata testing tests tutorial tutorials
    """.split()
)
# Those of them that may as well be the subject of an image that is deployed: `telemetry-docs`.
_SUBJECTS = frozenset(
    "demo demos doc docs example examples sample samples tutorial tutorials".split()
)

# Words by which an image is there to stand on the newest of its base.
_OF_THE_NEWEST = frozenset("bleeding devel latest newest nightly rolling tip unstable".split())
# Those that say so only where the base has the same one: an `edge` may be a service's place.
_OF_THE_SAME = frozenset(("canary", "edge", "lts", "mainline", "snapshot", "stable"))


def is_dockerfile(path: str) -> bool:
    """Tell by its name, written with "/", whether a file is a Dockerfile."""
    if is_plain_dockerfile(path):
        return True
    lower = path.lower()
    if not any(word in lower for word in _MOST):
        return False
    return TAKEN.search(path) is not None and LEFT_OUT.search(path) is None


def is_plain_dockerfile(path: str) -> bool:
    """Tell whether a file is called as most Dockerfiles are."""
    return path.rpartition("/")[2].lower() in _MOST


def is_of_project(path: str) -> bool:
    """Tell files of a project from hidden ones and Dockerfiles: whoever changes those knows that a
    build follows.
    """
    return not path.startswith(".") and "/." not in path and not is_dockerfile(path)


def is_for_tests(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, is one of tests, or of a container
    or a service's workspace that people develop in: what it builds is hardly pushed for others.
    """
    *folders, name = path.lower().split("/")
    if not _FOLDERS.isdisjoint((*folders, *(each.rpartition(".")[2] for each in folders))):
        return True  # projects of .NET are called Shop.Tests
    if any("test" in each and _KINDS.match(each) for each in folders):
        return True
    if "integration" in folders and _MANY.search("/".join(folders)):
        return True
    return name != "dockerfile" and _WORDS.search(name) is not None


def is_test_data(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, is what tests read: they may want
    it to be wrong.
    """
    *folders, name = path.lower().split("/")
    if not _DATA.isdisjoint(folders):
        return True
    if _FIXTURES.isdisjoint(folders):
        return False
    return _FOUND.search(name) is not None or is_for_tests("/".join((*folders, "dockerfile")))


def is_for_development(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, makes an image that people develop
    in: they build it for themselves, and start there what no file tells.
    """
    *folders, name = path.lower().split("/")
    if not _DEVELOPING.isdisjoint((*folders, *(each.lstrip("_") for each in folders))):
        return True
    return name != "dockerfile" and _DEVELOPING_WORDS.search(name) is not None


def is_said_to_stay(head: str) -> bool:
    """Tell whether the comments at the head of a Dockerfile say that its image is for development
    or tests alone.
    """
    return bool(head) and _SAYS_SO.search(head) is not None


def is_tagged_as_local(text: str) -> bool:
    """Tell whether a comment of a Dockerfile builds the image with the tag `local`."""
    return ":local" in text and _BUILT_LOCALLY.search(text) is not None


def are_said_to_be_for_tests(readme: str) -> bool:
    """Tell whether the README of a folder says no more of its images than that they are for
    tests.
    """
    if len(readme) > _LONGEST_README or _GIVEN_OUT.search(readme):
        return False
    return _IMAGES_FOR_TESTS.search(" ".join(readme.split())) is not None


def is_for_cross(text: str) -> bool:
    """Tell whether a Dockerfile is one that `cross` builds on the machine that compiles: nothing
    else passes this base (https://github.com/cross-rs/cross/wiki/Configuration).
    """
    return _OF_CROSS in text


def is_example(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, shows how to use what the
    repository is for.
    """
    folder = path.lower().rpartition("/")[0]
    return bool(folder) and not _EXAMPLES.isdisjoint(re.split(r"[./_-]", folder))


def is_vendored(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, came with a program of others that
    the repository holds a copy of.
    """
    return any(_OF_OTHERS.match(each) for each in path.lower().split("/")[:-1])


def is_template(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, is one that a generator puts into
    the projects of others.
    """
    return any(_TEMPLATES.match(each) for each in path.lower().split("/")[:-1])


def is_no_product(name: str) -> bool:
    """Tell whether the name of a file or of a stage says that it is for those who write, test or
    build the program.
    """
    return _NO_PRODUCT.search(name) is not None


def is_aside(path: str, *, pushed: bool = False) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, stands beside what is deployed:
    examples, old and experimental things, bases, what tests and development need. What CI is known
    to push (`pushed`) is no example by its name alone.
    """
    words = _ASIDE - _SUBJECTS if pushed else _ASIDE
    return is_for_tests(path) or not words.isdisjoint(re.findall(r"[a-z0-9]+", path.lower()))


def is_of_the_newest(name: str, tag: str) -> bool:
    """Tell whether the path of a Dockerfile, or the name of a stage, says that the image is there
    to stand on what a floating tag of its base means: `nightly/Dockerfile`, `edge` on
    `alpine:edge`.
    """
    words, of_tag = (set(re.findall(r"[a-z0-9]+", each.lower())) for each in (name, tag))
    return not words.isdisjoint(_OF_THE_NEWEST | (_OF_THE_SAME & of_tag))


def is_of_azure(path: str) -> bool:
    """Tell whether a file is one of Azure Pipelines, as far as its name tells."""
    folder, name = path.lower().partition("/")[0], posixpath.basename(path.lower())
    is_named_so = folder in AZURES_FOLDERS or name.startswith(_AZURES_NAMES)
    return is_named_so and path.endswith((".yml", ".yaml"))


def tells_what_starts(path: str) -> bool:
    """Tell whether dlint reads what starts a file of CI: commits, requests, the clock, releases."""
    return path.startswith(".github/") or is_of_azure(path)
