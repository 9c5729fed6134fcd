"""What a push uploads, layer by layer."""
