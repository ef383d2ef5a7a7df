"""The model file: the one door between learning and tagging."""
