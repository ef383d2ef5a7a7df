// Pairs of brackets that are words of their own, as `tagger.text.bracket_pairs` finds them.

export class BracketPairs {
  #flags;
  #nested;

  /** From what the bits of flags mean, and how many pairs inside of one another are found. */
  constructor(flags, nested) {
    this.#flags = flags;
    this.#nested = nested;
  }

  /** The places of the brackets, in code points with these flags, that are words because of their pair. */
  free(flags) {
    const f = this.#flags, at = (i) => flags[i] ?? 0, tied = new Map(), free = new Set();
    for (const [opening, closing] of this.#pairs(flags)) {
      const before = at(opening - 1), after = at(closing + 1), inside = flags.slice(opening + 1, closing);
      const all = (flag) => inside.length > 0 && inside.every((value) => value & flag);
      const isTied = tied.get(opening - 1) || before & f.LATIN || (after & f.LATIN && !all(f.DIGIT))
        || !inside.length || all(f.ASCII) || this.#isTie(before) || this.#isTie(after);
      for (const place of [opening, closing]) {
        tied.set(place, Boolean(isTied));
        if (!isTied) free.add(place);
      }
    }
    return free;
  }

  /** ASCII that binds what is beside it: no brackets, and no marks of punctuation. */
  #isTie(flags) {
    const f = this.#flags;
    return flags & f.ASCII && !(flags & (f.MARK | f.OPENING | f.CLOSING));
  }

  /** The pairs, by their opening brackets in order, of which at least one bracket is ASCII. */
  #pairs(flags) {
    const f = this.#flags, found = [];
    let places = [...flags.keys()].filter((i) => flags[i] & (f.OPENING | f.CLOSING | f.BREAK));
    for (let round = 0; round < this.#nested; round++) {
      const left = [], n = found.length;
      for (let k = 0; k < places.length; k++) {
        const [first, second] = places.slice(k, k + 2);
        if (second !== undefined && flags[first] & f.OPENING && flags[second] & f.CLOSING) {
          found.push([first, second]);
          k++;
        } else left.push(first);
      }
      if (found.length === n) break;
      places = left;
    }
    return found.filter((pair) => pair.some((place) => flags[place] & f.BESIDE)).sort((a, b) => a[0] - b[0]);
  }
}
