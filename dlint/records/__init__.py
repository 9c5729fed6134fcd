"""Builds that happened: their records read, matched with a Dockerfile, and explained."""
