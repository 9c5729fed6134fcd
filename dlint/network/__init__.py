"""What all questions over the network have in common, to registries and to package indexes."""
