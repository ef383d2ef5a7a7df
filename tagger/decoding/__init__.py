"""Scores to legal tags, in numpy.

Every character has one of five tags, crossed with `n` POS, in one order everywhere (`text.scheme.Blocks`):

    letter  tag    ids             columns    meaning                  ends a word?  begins a word?
    0       O      0               outside    whitespace, in no word   closing       starting
    1       B-pos  1 … n           begin      first character                        starting
    2       M-pos  n+1 … 2n        middle     neither first nor last
    3       E-pos  2n+1 … 3n       end        last character           closing
    4       S-pos  3n+1 … 4n       single     the only character       closing       starting

After a closing tag comes any starting one; after `B-p` and `M-p` only `M-p` or `E-p`. Transition tables hold the legal
pairs alone: rows O, E…, S… (closing) by columns O, B…, S… (starting), and B→M, B→E, M→M, M→E for every POS.

A head's scores begin with these columns. `chain.py` decodes joint tags, `factored.py` five tags and then each word's
POS; `decoders.py` says what a decoder is and names the kinds.
"""
