"""Stages and what they share."""
