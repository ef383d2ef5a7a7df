"""Sentences as pupils and learners of Chinese write them, in the standard `words`: see README.md beside this file."""
