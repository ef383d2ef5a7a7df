// What is known of the place before a character, and of the POS of one whose POS has no number.

export const FREE = 0, JOIN = 1, CUT = 2; // nothing, that it lies within a word, that no word lies across it
export const OPEN = -1, NO_SYMBOL = -2; // nothing, that it is no symbol's, or that of any entity
