// Every way in which Bake is told what to build.
variable "TAG" {
  default = "1.4"
}
variable "REGISTRY" { default = "registry.example/shop" }
variable "LATEST" { default = "" }
variable "versions" { default = { old = "3.12", new = "3.13" } }

function "tags" {
  params = [name]
  result = concat(
    ["${REGISTRY}/${name}:${TAG}"],
    notequal(LATEST, "") ? ["${REGISTRY}/${name}:latest"] : [],
  )
}

function "joined" {
  params          = [sign]
  variadic_params = words
  result          = join(sign, words)
}

group "default" {
  targets = ["services", "tools"]
}

group "services" {
  targets = ["api", "web"]
}

target "_common" {
  args = { PYTHON = lookup(versions, "new", "none"), DEBUG = false, RETRIES = 1 + 2 }
  platforms = ["linux/amd64", "linux/arm64"]
}

target "base" {
  context = "base"
  tags    = tags("base")
}

target "api" {
  inherits = ["_common"]
  context  = "./api"
  args     = { PYTHON = "3.11", NOTHING = null }
  contexts = { base = "target:base", shared = "../shared", alpine = "docker-image://alpine:3.20" }
  target   = TAG == "1.4" && !false ? "final" : "debug"
  tags     = tags("api")
}

target "web" {
  inherits   = ["_common", "api"]
  dockerfile = "web.${joined(".", "front", "end")}.Dockerfile"
  tags       = [for each in ["a", "b"] : upper(each) if each != "c"]
}

target "tools" {
  name       = "tools-${replace(version.tag, ".", "-")}-${kind}"
  matrix     = {
    version = [{ tag = "3.12" }, { tag = "3.13" }]
    kind    = ["slim", "full"]
  }
  dockerfile = "tools/Dockerfile"
  args       = { VERSION = version.tag, KIND = "${kind}" }
  tags       = [format("%s/tools:%s", REGISTRY, trimsuffix(version.tag, ".13"))]
}

target "inline" {
  dockerfile-inline = <<EOT
FROM debian:12
RUN echo "${TAG} $${not_filled}"
EOT
}
