"""The learning half: a corpus becomes a model file."""
