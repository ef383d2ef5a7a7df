"""What a model file says of itself."""

FORMAT = 1
METADATA_KEY = "tagger"
