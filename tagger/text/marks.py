"""Punctuation marks that end sentences, and those that open and close quotations and brackets."""

END_MARKS = "。！？!?…｡"
CLOSERS = "\"'”’」』）)》〉】]"
LINE_BREAKS = "\n\r\v\f\x85\u2028\u2029"
# Brackets in which a sentence goes on, each pair with what it opens and closes with.
BRACKETS = (("（", "）"), ("(", ")"), ("【", "】"), ("［", "］"), ("[", "]"), ("《", "》"), ("〈", "〉"))
