"""What rules ask of a build: facts that are worked out once, by need, from the model."""
