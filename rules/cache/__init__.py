"""Build caches that go over the network."""
