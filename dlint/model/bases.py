"""Variables that Docker's official images set, the same in all of their releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.images.reference import parse_reference

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


def variables_of(image: str | None) -> Mapping[str, str]:
    """Return the variables that an image is known to set."""
    try:
        reference = parse_reference(image or "")
    except ValueError:
        return {}
    return _VARIABLES.get(reference.name, {}) if reference.is_official else {}
