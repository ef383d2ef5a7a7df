"""What is known of the places before characters, of which words begin at some."""


class Edge:
    """What is known of the place before a character: nothing, that it lies within a word, or that a word may not lie
    across it. Plain integers, because arrays hold them."""

    FREE = 0
    JOIN = 1
    CUT = 2
