"""Opinions about films in English, good or bad: 96 sentences of our own writing, CC0-1.0.

Sentences come in pairs that differ in what they say; 72 are train, 24 dev. `python -m tagger.train
experiment=opinions` trains on them word by word.
"""
