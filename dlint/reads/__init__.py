"""What the programs of a build read of its context: manifests and scripts."""
