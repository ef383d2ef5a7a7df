"""A tagger against gold."""
