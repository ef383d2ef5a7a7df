"""Sentences as pupils and learners of Chinese write them, annotated in the standard `words`: see README.md beside this file."""
