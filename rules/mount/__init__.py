"""Cache, bind and tmpfs mounts."""
