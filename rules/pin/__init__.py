"""Pinning and reproducibility."""
