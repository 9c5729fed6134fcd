"""Manifests and lock files of Ruby, PHP, Go, Rust, Java, .NET and conda."""

import json

import pytest
from manifest import look, needs, read, reads, taken

from dlint.manifests import Origin, Target

GEMS = """\
GIT
  remote: https://x.example/forked.git
  revision: 0123
  specs:
    forked (0.1.0)
      rack (>= 2)

PATH
  remote: engines/core
  specs:
    core (0.0.1)

GEM
  remote: https://x.example/
  specs:
    nokogiri (1.16.0)
      racc (~> 1.4)
    nokogiri (1.16.0-arm64-darwin)
      racc (~> 1.4)
    nokogiri (1.16.0-x86_64-linux-musl)
      racc (~> 1.4)
    racc (1.7.3)
    rack (3.0.0)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  core!
  forked!
  nokogiri (~> 1.16)

CHECKSUMS
  rack (3.0.0) sha256=00

BUNDLED WITH
   2.5.3
"""


def test_gemfile_lock():
    lock = read("Gemfile.lock", GEMS)
    assert needs(lock) == ["core", "forked", "nokogiri~> 1.16"]
    assert taken(lock) == ["core", "forked", "nokogiri", "racc", "rack"]
    assert taken(lock, target=Target(libc="musl")).count("nokogiri") == 2
    assert reads(lock) == [("engines/core", "project")]
    rack = next(each for each in lock.packages if each.name == "rack")
    assert (rack.version, rack.archives[0].hashes) == ("3.0.0", ("sha256:00",))
    assert {each.name: each.origin for each in lock.packages}["forked"] is Origin.GIT
    assert "merge" in look("Gemfile.lock", "GEM\n<<<<<<< ours\n").problem
    assert look("Gemfile.lock", "nothing").problem


def test_composer():
    text = {
        "require": {"php": ">=8", "ext-json": "*", "a/a": "^1"},
        "require-dev": {"b/b": "^2"},
        "repositories": [
            {"type": "path", "url": "../lib"},
            {"type": "path", "url": "packages/*"},
            {"type": "vcs", "url": "https://x.example"},
        ],
    }
    manifest = read("composer.json", json.dumps(text))
    assert needs(manifest) == ["a/a^1"]
    assert needs(manifest, "dev") == ["b/b^2"]
    assert reads(manifest) == [("../lib", "project"), ("packages/*", "member")]


def test_composer_lock():
    text = {
        "packages": [
            {
                "name": "a/a",
                "version": "v1.2.0",
                "dist": {"type": "zip", "url": "https://x.example/a.zip", "shasum": "00"},
                "require": {"php": ">=8", "c/c": "*"},
            },
            {
                "name": "c/c",
                "version": "dev-main",
                "source": {"type": "git", "url": "https://x.example/c.git"},
            },
        ],
        "packages-dev": [
            {"name": "b/b", "version": "2.0.0", "dist": {"type": "path", "url": "../b"}}
        ],
    }
    lock = read("composer.lock", json.dumps(text))
    assert taken(lock) == ["a/a", "b/b", "c/c"]
    assert taken(lock, without={"dev"}) == ["a/a", "c/c"]
    assert [(each.version, each.origin) for each in lock.packages] == [
        ("1.2.0", Origin.REGISTRY),
        ("dev-main", Origin.GIT),
        ("2.0.0", Origin.PATH),
    ]
    assert look("composer.lock", "{}").problem


GO_MOD = """\
module x.example/shop // why

go 1.22.1

toolchain go1.22.3

require x.example/a v1.0.0

require (
\tx.example/b v1.2.3 // indirect
\t"x.example/c" v0.0.0
\tx.example/d v1.0.0
)

replace x.example/c => ../c

replace (
\tx.example/d v1.0.0 => y.example/d v1.1.0
)
exclude x.example/b v1.0.0
"""


def test_go():
    mod = read("go.mod", GO_MOD)
    assert mod.version == "1.22.1"
    assert [(each.name, each.version, each.origin) for each in mod.packages] == [
        ("x.example/a", "v1.0.0", Origin.REGISTRY),
        ("x.example/b", "v1.2.3", Origin.REGISTRY),
        ("x.example/c", "v0.0.0", Origin.PATH),
        ("y.example/d", "v1.1.0", Origin.REGISTRY),
    ]
    assert reads(mod) == [("../c", "project")]
    total = read("go.sum", "x.example/a v1.0.0 h1:00=\nx.example/a v1.0.0/go.mod h1:01=\n")
    assert [(each.version, each.archives[0].hashes) for each in total.packages] == [
        ("v1.0.0", ("h1:00=",))
    ]
    work = read("go.work", "go 1.22\n\nuse (\n\t.\n\t./tools\n)\nreplace x.example/a => ../a\n")
    assert reads(work) == [(".", "project"), ("./tools", "project"), ("../a", "project")]


@pytest.mark.parametrize(
    ("name", "text"), [("go.mod", "require (\n"), ("go.mod", "nothing"), ("go.sum", "a b\n")]
)
def test_damaged_files_of_go(name, text):
    assert look(name, text).problem


CARGO = """\
[package]
name = "shop"
version = "0.1.0"
build = "build/main.rs"
[dependencies]
serde = "1"
core = { path = "../core", package = "shop-core", features = ["x"] }
[build-dependencies]
cc = { version = "1", optional = true }
[dev-dependencies]
tempfile = "3"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[features]
x = []
[workspace]
members = ["crates/*"]
[workspace.dependencies]
log = { path = "crates/log" }
[patch.crates-io]
serde = { path = "vendor/serde" }
"""


def test_cargo():
    manifest = read("Cargo.toml", CARGO)
    assert needs(manifest) == ["serde1", "shop-core", "cc1", "log", "libc0.2"]
    assert needs(manifest, "dev") == ["tempfile3"]
    assert reads(manifest) == [
        ("crates/*/Cargo.toml", "member"),
        ("../core", "project"),
        ("crates/log", "project"),
        ("vendor/serde", "project"),
        ("build/main.rs", "file"),
    ]


def test_cargo_lock():
    text = """\
version = 4
[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["serde", "libc 0.2.1"]
[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://x.example/index"
checksum = "00"
[[package]]
name = "libc"
version = "0.2.1"
source = "git+https://x.example/libc#0123"
"""
    lock = read("Cargo.lock", text)
    assert taken(lock) == ["libc", "serde"]
    assert lock.packages[1].archives[0].hashes == ("sha256:00",)
    assert [each.key for each in lock.packages[0].needs] == ["", "libc 0.2.1"]
    old = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://x.example"\n[metadata]\n"checksum a 1.0.0 (registry+https://x.example)" = "01"\n'
    assert read("Cargo.lock", old).packages[0].archives[0].hashes == ("sha256:01",)
    assert "version 5" in look("Cargo.lock", "version = 5\n").problem


POM = """\
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>x</groupId><artifactId>parent</artifactId><version>2.0</version></parent>
  <artifactId>shop</artifactId>
  <properties><a.version>1.1</a.version></properties>
  <modules><module>core</module><module>web/pom.xml</module></modules>
  <dependencyManagement><dependencies>
    <dependency><groupId>x</groupId><artifactId>c</artifactId><version>3.0</version></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>x</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>b</artifactId><version>${unknown}</version><scope>test</scope></dependency>
    <dependency><groupId>x</groupId><artifactId>c</artifactId><optional>true</optional></dependency>
    <dependency><groupId>x</groupId><artifactId>d</artifactId><version>1</version><scope>system</scope><systemPath>lib/d.jar</systemPath></dependency>
  </dependencies>
</project>
"""


def test_maven():
    manifest = read("pom.xml", POM)
    assert [(each.name, each.version) for each in manifest.packages] == [
        ("x:a", "1.1"),
        ("x:b", ""),
        ("x:c", "3.0"),
        ("x:d", "1"),
    ]
    assert manifest.packages[1].wanted == "${unknown}"
    assert manifest.packages[3].origin is Origin.PATH
    assert taken(manifest, without={"test"}) == ["x:a", "x:c", "x:d"]
    assert reads(manifest) == [
        ("core/pom.xml", "member"),
        ("web/pom.xml", "member"),
        ("../pom.xml", "file"),
    ]
    apart = POM.replace(
        "<version>2.0</version></parent>", "<version>2.0</version><relativePath/></parent>"
    )
    assert ("../pom.xml", "file") not in reads(read("pom.xml", apart))


def test_gradle():
    text = "# This is a Gradle generated file for dependency locking.\ncom.x:a:1.0=compileClasspath,runtimeClasspath\ncom.x:b:2.0=testRuntimeClasspath\nempty=annotationProcessor\n"
    lock = read("gradle.lockfile", text)
    assert taken(lock) == ["com.x:a", "com.x:b"]
    assert taken(lock, only={"runtimeClasspath"}) == ["com.x:a"]
    assert [
        each.version
        for each in read(
            "gradle/dependency-locks/compileClasspath.lockfile", "com.x:a:1.0\n"
        ).packages
    ] == ["1.0"]
    assert look("gradle.lockfile", "what\n").problem


def test_msbuild():
    text = """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><JsonVersion>13.0.3</JsonVersion></PropertyGroup>
  <Import Project="$(MSBuildThisFileDirectory)..\\common.props" />
  <Import Project="Sdk.props" Sdk="Some.Sdk" />
  <Import Project="$(Elsewhere)\\x.props" />
  <ItemGroup>
    <PackageReference Include="Newtonsoft.Json" Version="$(JsonVersion)" />
    <PackageReference Include="Serilog"><Version>[3.0.0]</Version></PackageReference>
    <PackageReference Include="Central" />
    <ProjectReference Include="..\\Core\\Core.csproj;..\\Data\\Data.csproj" />
  </ItemGroup>
</Project>
"""
    manifest = read("src/Web/Web.csproj", text)
    assert [(each.name, each.version, each.wanted) for each in manifest.packages] == [
        ("newtonsoft.json", "", "13.0.3"),
        ("serilog", "3.0.0", "[3.0.0]"),
        ("central", "", ""),
    ]
    assert reads(manifest) == [
        ("./../common.props", "file"),
        ("$(Elsewhere)/x.props", "file"),
        ("../Core/Core.csproj", "project"),
        ("../Data/Data.csproj", "project"),
    ]
    central = (
        '<Project><ItemGroup><PackageVersion Include="A" Version="1.0" /></ItemGroup></Project>'
    )
    assert needs(read("Directory.Packages.props", central)) == ["a1.0"]
    assert look("a.csproj", "<Other/>").problem


def test_nuget():
    lock = {
        "version": 2,
        "dependencies": {
            "net8.0": {
                "Serilog": {
                    "type": "Direct",
                    "requested": "[3.0.0, )",
                    "resolved": "3.0.0",
                    "contentHash": "00==",
                    "dependencies": {"Core": "1.0.0"},
                },
                "core": {"type": "Project"},
            },
            "net8.0/linux-x64": {"Native": {"type": "Transitive", "resolved": "1.0.0"}},
        },
    }
    manifest = read("packages.lock.json", json.dumps(lock))
    assert taken(manifest) == ["native", "serilog"]
    assert taken(manifest, only={"net8.0"}) == ["serilog"]
    assert manifest.packages[0].archives[0].hashes == ("sha512:00==",)
    assert "version 3" in look("packages.lock.json", '{"version": 3}').problem
    config = '<configuration><packageSources><clear /><add key="a" value="https://x.example" /><add key="b" value=".\\feed" /></packageSources></configuration>'
    assert reads(read("NuGet.Config", config)) == [("./feed", "folder")]
    old = '<packages><package id="A" version="1.0" /><package id="B" version="2.0" developmentDependency="true" /></packages>'
    assert taken(read("packages.config", old), without={"dev"}) == ["a"]


def test_conda():
    text = """\
name: shop
channels: [conda-forge]
dependencies:
  - python=3.11
  - conda-forge::numpy==1.26.4
  - libgcc=12.1.0=h01
  - pip
  - pip:
      - -r requirements.txt
      - flask==3.1.0
"""
    manifest = read("environment.yml", text)
    assert [(each.name, each.version) for each in manifest.packages] == [
        ("python", ""),
        ("numpy", "1.26.4"),
        ("libgcc", "12.1.0"),
        ("pip", ""),
        ("flask", "3.1.0"),
    ]
    assert reads(manifest) == [("requirements.txt", "list")]
    assert taken(manifest, only={"pip"}) == ["flask"]
    assert look("environment.yml", "name: x\n").problem
