"""Image references: `registry[:port]/repository[:tag][@digest]`, read by the rules of
distribution/reference.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

DOCKER_HUB = "docker.io"
_HUB_ALIAS = "index.docker.io"
_OFFICIAL = "library"
_LATEST = "latest"

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = regex(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_COMPONENT = regex(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_TAG = regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*")
_IDENTIFIER = regex(r"[a-f0-9]{64}")
_IDENTIFIER_LENGTH = 64
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}  # hexadecimal digits
_MAX_REPOSITORY, _MAX_TAG = 255, 128

# The images that Docker Hub keeps under `library/` (docker-library/official-images has a file for
# each), the retired ones too. A bare name that is none of these is a local image or a named build
# context.
_OFFICIAL_NAMES = """
adminer adoptopenjdk aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall
arangodb archlinux artifactory-pro backdrop bash bonita buildpack-deps busybox caddy cassandra
celery centos chronograf cirros clearlinux clefos clickhouse clojure composer consul convertigo
couchbase couchdb crate crux dart debian django docker docker-dev dockercloud-hello-world drupal
eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang express-gateway fedora
fluentd flink friendica fsharp gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell
haxe hello-seattle hello-world hipache hitch hola-mundo httpd hylang ibm-semeru-runtimes ibmjava
influxdb iojs irssi java jetty jobber joomla jruby julia kaazing-gateway kapacitor kibana known
kong krakend lightstreamer liquibase logstash mageia mariadb matomo maven mediawiki memcached mono
mongo mongo-express monica mysql nats nats-streaming neo4j neurodebian nextcloud nginx node notary
nuxeo odoo open-liberty openjdk opensuse oraclelinux orientdb percona perl photon php
php-zendserver phpmyadmin piwik plone pypy postfixadmin postgres python r-base rabbitmq rails
rakudo-star rapidoid redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust
sapmachine satosa sentry silverpeas sl solr sonarqube sourcemage spark spiped storm sugarcrm swarm
swift swipl teamspeak telegraf thrift tomcat tomee traefik ubuntu ubuntu-debootstrap
ubuntu-upstart unit varnish vault voidlinux websphere-liberty wordpress xwiki yourls znc zookeeper
"""
_OFFICIAL_IMAGES = frozenset(_OFFICIAL_NAMES.split())
# The accounts of Docker Hub that hold the official images of one architecture each, with what a
# platform calls that (https://github.com/docker-library/official-images#architectures-other-than-amd64).
_ARCHITECTURES = {
    "amd64": "amd64",
    "arm32v5": "arm/v5",
    "arm32v6": "arm/v6",
    "arm32v7": "arm/v7",
    "arm64v8": "arm64",
    "i386": "386",
    "mips64le": "mips64le",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}


class Reference(NamedTuple):
    """An image's name, whole: `repository` holds the account too (`library/debian`)."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def account(self) -> str:
        """The repository without its last part: `library` for Docker Hub's official images; may be
        empty.
        """
        return self.repository.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The repository's last part."""
        return self.repository.rpartition("/")[2]

    @property
    def is_official(self) -> bool:
        """Whether Docker Hub keeps an image of that name under `library/`, which this is, or what
        that is on one architecture.
        """
        is_kept = self.account == _OFFICIAL or bool(self.architecture)
        return is_kept and self.name in _OFFICIAL_IMAGES

    @property
    def is_copied(self) -> bool:
        """Whether it is an official image, or a mirror's copy of one: mirrors keep `library/`."""
        return self.account.rpartition("/")[2] == _OFFICIAL or self.is_official

    @property
    def namesake(self) -> Reference | None:
        """The official image of its name, which it may be a copy of, as not all mirrors keep
        `library/`; None where no official image has that.
        """
        if self.name not in _OFFICIAL_IMAGES:
            return None
        return self._replace(registry=DOCKER_HUB, repository=f"{_OFFICIAL}/{self.name}")

    @property
    def architecture(self) -> str:
        """The architecture, as platforms call it, whose images the account on Docker Hub holds:
        `arm64` for `arm64v8/debian`; empty for most.
        """
        return _ARCHITECTURES.get(self.account, "") if self.registry == DOCKER_HUB else ""

    @property
    def tag_or_latest(self) -> str:
        """The tag, `latest` where none is given."""
        return self.tag or _LATEST

    @property
    def familiar(self) -> str:
        """The short form that people write: no `docker.io`, no `library`; tag and digest as
        given.
        """
        name = f"{self.registry}/{self.repository}"
        if self.registry == DOCKER_HUB:
            name = self.name if self.account == _OFFICIAL else self.repository
        return name + self._suffix(self.tag)

    @property
    def canonical(self) -> str:
        """The long form: registry, account and tag written out (no tag is added to a digest)."""
        tag = self.tag if self.digest else self.tag_or_latest
        return f"{self.registry}/{self.repository}{self._suffix(tag)}"

    def _suffix(self, tag: str | None) -> str:
        return (f":{tag}" if tag else "") + (f"@{self.digest}" if self.digest else "")

    def __str__(self) -> str:
        return self.familiar


@lru_cache(maxsize=1024)  # rules, sizes and keys ask ten times for the same few
def parse_reference(text: str) -> Reference:
    """Read a reference as people write it. Raises ValueError with the reason where Docker would
    refuse it.
    """
    if not text:
        raise ValueError("an image reference is empty")
    if len(text) == _IDENTIFIER_LENGTH and _IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text} is an image's identifier, not a name")
    named, has_digest, digest = text.partition("@")
    registry, rest = _split_registry(named)
    repository, has_tag, tag = rest.partition(":")
    if registry != DOCKER_HUB:
        _check_registry(registry, text)
    _check_repository(repository, text)
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"{_OFFICIAL}/{repository}"
    if len(repository) > _MAX_REPOSITORY:
        raise ValueError(
            f"the repository's name in {text} is longer than {_MAX_REPOSITORY} characters"
        )
    if has_tag:
        _check_tag(tag, text)
    if has_digest:
        _check_digest(digest, text)
    return Reference(registry, repository, tag or None, digest or None)


def is_official(text: str) -> bool:
    """Tell whether Docker Hub keeps an image of that name under `library/`."""
    try:
        return parse_reference(text).is_official
    except ValueError:
        return False


def context_name(text: str) -> str:
    """Return what the builder compares the names of images and of contexts by that stand for them
    (`--build-context`): the short form, without `latest`.
    """
    try:
        name = parse_reference(text).familiar
    except ValueError:
        name = text
    return name.removesuffix(f":{_LATEST}")


def _split_registry(name: str) -> tuple[str, str]:
    """Cut off the registry: a first part with a dot, a port or an upper-case letter, or
    `localhost`.
    """
    first, slash, rest = name.partition("/")
    if not slash or not (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    ):
        return DOCKER_HUB, name
    return (DOCKER_HUB if first == _HUB_ALIAS else first), rest


def _check_registry(registry: str, text: str) -> None:
    if not _REGISTRY.fullmatch(registry):
        raise ValueError(
            f"{registry!r} in {text} is not a registry: expected a host name and an optional port"
        )


def _check_repository(repository: str, text: str) -> None:
    if not repository:
        raise ValueError(f"{text} has no repository")
    for component in repository.split("/"):
        if component.isascii() and component.isalnum() and component.islower():
            continue
        if _COMPONENT.fullmatch(component):
            continue
        if _COMPONENT.fullmatch(component.lower()):
            raise ValueError(
                f"the repository's name must be in lower case, {component!r} in {text} is not"
            )
        if not component:
            raise ValueError(f"a part of the repository's name is empty in {text}")
        raise ValueError(
            f"{component!r} in {text} is not part of a repository name: lower-case letters and"
            " digits, with single '.', '_' or '__', or '-' between them"
        )


def _check_tag(tag: str, text: str) -> None:
    if not tag:
        raise ValueError(f"the tag is empty in {text}")
    if len(tag) > _MAX_TAG:
        raise ValueError(f"the tag in {text} is longer than {_MAX_TAG} characters")
    if not _TAG.fullmatch(tag):
        raise ValueError(
            f"{tag!r} in {text} is not a tag: letters, digits, '_', '.' and '-', and no '.' or '-'"
            " at its start"
        )


def _check_digest(digest: str, text: str) -> None:
    algorithm, _, value = digest.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm)
    if length is None:
        raise ValueError(
            f"{algorithm!r} in {text} is not a known digest algorithm: sha256, sha384 or sha512"
        )
    if not re.fullmatch(f"[a-f0-9]{{{length}}}", value):
        raise ValueError(f"the digest in {text} is not {length} lower-case hexadecimal digits")
