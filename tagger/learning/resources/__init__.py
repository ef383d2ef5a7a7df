"""Resources of training beside a corpus: pretrained vectors, a lexicon, soft labels."""
