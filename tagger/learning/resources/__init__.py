"""What training is given beside a corpus: vectors, a lexicon, soft labels."""
