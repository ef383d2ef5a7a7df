// Words that symbols and punctuation are, as `tagger.text.symbol_words` makes them.

import { tableOf } from "./table.js";

export const FREE = 0, JOIN = 1, CUT = 2; // what is known of the place before a character

export class Symbols {
  #table;
  #flags;
  #pos;

  /** From the runs of values of the table, what its bits mean, and the POS number of each kind. */
  constructor({ runs, flags, pos }) {
    this.#table = tableOf(runs);
    this.#flags = flags;
    this.#pos = new Map(pos);
  }

  /** Cuts symbols from what is beside them, in `edges`, and gives the POS of each character, -1 where it is open. */
  apply(codes, inner, edges) {
    const n = codes.length, pos = new Int16Array(n).fill(-1), flag = this.#flags;
    if (!this.#pos.size) return pos;
    const flags = Array.from(codes, (code) => this.#table[code]);
    const kinds = flags.map((_, i) => this.#kind(flags[i], flags[i - 1] ?? 0, flags[i + 1] ?? 0));
    const repeated = (i) => (
      i > 0 && i < n && (flags[i] & flags[i - 1] & flag.REPEATED) > 0 && ((flags[i] ^ flags[i - 1]) & flag.KIND) === 0
    );
    let end = 0;
    for (let start = 0; start < n; start = end) { // what is joined already, piece by piece
      let whole = kinds[start] > 0;
      for (end = start + 1; end < n && edges[end] === JOIN; end++) whole &&= inner[end] || kinds[end] === kinds[end - 1];
      if (!whole) continue;
      pos.fill(this.#pos.get(kinds[start]), start, end);
      if (!repeated(start)) edges[start] = CUT;
      if (end < n && !repeated(end)) edges[end] = CUT;
    }
    return pos;
  }

  /** The kind of a code point that is a word of its own between its neighbours, or 0. */
  #kind(flags, before, after) {
    const { KIND, BETWEEN, BESIDE, LATIN, ASCII } = this.#flags, kind = flags & KIND;
    if (!this.#pos.has(kind)) return 0;
    if (flags & BETWEEN && before & after & LATIN) return 0;
    return flags & BESIDE && (before | after) & (LATIN | ASCII) ? 0 : kind;
  }
}
