"""dlint: the linter that knows what a Dockerfile costs to push."""
