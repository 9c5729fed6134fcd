"""What the past cost: git history replayed through the model."""
