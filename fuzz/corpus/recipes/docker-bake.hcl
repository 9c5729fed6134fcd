variable "A" { default = "b" }
group "default" { targets = ["x"] }
target "x" {
  inherits = ["y"]
  context = "."
  dockerfile = "Dockerfile"
  args = { V = "${A}" }
  matrix = { i = ["1", "2"] }
}
target "y" {}
