"""Variables and working directories of well-known images, the same in all of their releases."""

from __future__ import annotations

from dlint.images.reference import parse_reference
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# As the Dockerfiles of these images set them (https://github.com/docker-library).
_VARIABLES = {
    "eclipse-temurin": {"JAVA_HOME": "/opt/java/openjdk"},
    "golang": {"GOPATH": "/go"},
    "gradle": {"GRADLE_HOME": "/opt/gradle"},
    "jetty": {"JETTY_BASE": "/var/lib/jetty", "JETTY_HOME": "/usr/local/jetty"},
    "maven": {"MAVEN_HOME": "/usr/share/maven"},
    "php": {"PHP_INI_DIR": "/usr/local/etc/php"},
    "ruby": {"GEM_HOME": "/usr/local/bundle"},
    "rust": {"CARGO_HOME": "/usr/local/cargo", "RUSTUP_HOME": "/usr/local/rustup"},
    "tomcat": {"CATALINA_HOME": "/usr/local/tomcat"},
}
# Folders that their Dockerfiles make, in all variants.
_FOLDERS = {
    "caddy": ("/etc/caddy", "/usr/share/caddy"),
    "composer": ("/app",),
    "eclipse-temurin": ("/opt/java/openjdk",),
    "ghost": ("/var/lib/ghost",),
    "golang": ("/go", "/go/bin", "/go/src"),
    "gradle": ("/home/gradle",),
    "haproxy": ("/usr/local/etc/haproxy",),
    "httpd": ("/usr/local/apache2", "/usr/local/apache2/conf", "/usr/local/apache2/htdocs"),
    "jetty": ("/var/lib/jetty",),
    "nextcloud": ("/var/www/html",),
    "nginx": ("/etc/nginx", "/etc/nginx/conf.d", "/usr/share/nginx/html"),
    "node": ("/home/node",),
    "perl": ("/usr/src/app",),
    "php": ("/var/www/html",),
    "redis": ("/data",),
    "tomcat": ("/usr/local/tomcat", "/usr/local/tomcat/conf", "/usr/local/tomcat/webapps"),
    "wordpress": ("/var/www/html",),
}
# Those of which no Dockerfile sets a working directory.
_AT_ROOT = frozenset(
    "almalinux alpine amazoncorretto amazonlinux buildpack-deps busybox debian eclipse-temurin"
    " fedora gcc maven nginx node openjdk postgres pypy python rockylinux ruby rust ubuntu".split()
)
# Those of which no Dockerfile sets HOME: a RUN gets it from /etc/passwd, and the builder takes it
# for empty (`--mount=type=cache,target=$HOME/.m2` is at /.m2, tried on Docker 26.1.5).
_WITHOUT_HOME = frozenset((*_AT_ROOT, "composer", "golang", "gradle", "php"))
_HOME = frozenset(("HOME",))
# Red Hat's images of languages, as https://github.com/sclorg/s2i-base-container sets it.
_OF_LANGUAGES = regex(r"ubi\d+/(?:go-toolset|nodejs|perl|php|python|ruby|s2i)\b")
_HOME_OF_LANGUAGES = {"HOME": "/opt/app-root/src"}


def variables_of(image: str | None) -> Mapping[str, str]:
    """Return the variables that an image is known to set."""
    try:
        reference = parse_reference(image or "")
    except ValueError:
        return {}
    if reference.registry.endswith(".redhat.com") and _OF_LANGUAGES.match(reference.repository):
        return _HOME_OF_LANGUAGES
    return _VARIABLES.get(reference.name, {}) if reference.is_official else {}


def lacking_in(image: str | None) -> frozenset[str]:
    """Return the variables that an official image is known not to set."""
    try:
        reference = parse_reference(image or "")
    except ValueError:
        return frozenset()
    has_none = reference.is_official and reference.name in _WITHOUT_HOME
    return _HOME if has_none else frozenset()


def has_folder(image: str | None, path: str) -> bool:
    """Tell whether an official image is known to hold a folder."""
    try:
        reference = parse_reference(image or "")
    except ValueError:
        return False
    return reference.is_official and path in _FOLDERS.get(reference.name, ())


def workdir_of(image: str | None) -> str | None:
    """Return the working directory of an official image, or of a mirror's copy of one, that is
    known to set none; None where it is not known.
    """
    try:
        reference = parse_reference(image or "")
    except ValueError:
        return None
    sets_one = reference.name not in _AT_ROOT or "onbuild" in reference.tag_or_latest
    return "/" if reference.is_copied and not sets_one else None
