"""Scores to legal tags, in numpy."""
