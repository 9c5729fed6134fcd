target "api" {
  args = { OVER = "true" }
}
