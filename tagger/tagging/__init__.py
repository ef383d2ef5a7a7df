"""The tagging half: texts to words, without torch."""
