// Words that symbols and punctuation are, as `tagger.text.symbol_words` makes them.

import { BracketPairs } from "./brackets.js";
import { CUT, JOIN, NO_SYMBOL } from "./edges.js";
import { tableOf } from "./table.js";

export class Symbols {
  #table;
  #flags;
  #pos;
  #pairs;
  #listStop;

  /** From the runs of values of the table, what its bits mean, how deep pairs of brackets are found, the patterns of full
   * stops after the numbers of lists, and the POS number of each kind. */
  constructor({ runs, flags, nested, list_stop: listStop }, pos) {
    this.#table = tableOf(runs);
    this.#flags = flags;
    this.#pos = new Map(pos);
    this.#pairs = new BracketPairs(flags, nested);
    this.#listStop = { mark: new RegExp(listStop.mark, "ug"), number: new RegExp(`${listStop.number}$`, "u") };
  }

  /** The numbers of the POS of symbols and punctuation. */
  get numbers() {
    return [...this.#pos.values()];
  }

  /** Cuts symbols from what is beside them, in `edges`, and writes the POS of each character where `pos` is open. What is
   * `decided` otherwise is left alone, and so are symbols that are joined with more than their cluster (`inner`). */
  apply(codes, inner, decided, edges, pos) {
    const n = codes.length, flag = this.#flags;
    if (!this.#pos.size) return;
    const flags = this.#flagsOf(codes), at = (i) => flags[i] ?? 0, free = this.#pairs.free(flags);
    const kinds = flags.map((_, i) => (decided[i] ? 0 : this.#kind(at(i), at(i - 1), at(i + 1), free.has(i))));
    const repeated = (i) => (
      i > 0 && i < n && (flags[i] & flags[i - 1] & flag.REPEATED) > 0 && ((flags[i] ^ flags[i - 1]) & flag.KIND) === 0
    );
    const beside = [];
    let end = 0;
    for (let start = 0; start < n; start = end) { // what is joined already, piece by piece
      let whole = kinds[start] > 0;
      for (end = start + 1; end < n && edges[end] === JOIN; end++) whole &&= inner[end] || kinds[end] === kinds[end - 1];
      if (!whole) continue;
      for (let i = start; i < end; i++) if (pos[i] < 0) pos[i] = this.#pos.get(kinds[start]);
      if (!repeated(start)) edges[start] = CUT;
      if (end < n && !repeated(end)) edges[end] = CUT;
      if (kinds[start] === flag.SYMBOL || flags[start] & flag.ASCII) beside.push(start - 1, end);
    }
    for (const i of beside) if (at(i) & flag.LATIN && pos[i] < 0) pos[i] = NO_SYMBOL;
  }

  /** The flags of code points; full stops after the numbers of lists are ASCII punctuation. */
  #flagsOf(codes) {
    const flags = Array.from(codes, (code) => this.#table[code]), chars = Array.from(codes, (c) => String.fromCodePoint(c));
    const text = chars.join(""), { PUNCTUATION, ASCII } = this.#flags;
    for (const match of text.matchAll(this.#listStop.mark)) {
      if (!this.#listStop.number.test(text.slice(0, match.index))) continue;
      flags[Array.from(text.slice(0, match.index)).length] |= PUNCTUATION | ASCII;
    }
    return flags;
  }

  /** The kind of a code point that is a word of its own between its neighbours, or 0; `isFree`: because of its pair. */
  #kind(flags, before, after, isFree) {
    const f = this.#flags, kind = flags & f.KIND;
    if (!this.#pos.has(kind)) return 0;
    if (isFree || !(flags & (f.BETWEEN | f.BESIDE))) return kind;
    const alone = flags & f.BESIDE ? !((before | after) & (f.LATIN | f.ASCII)) : !(before & after & f.LATIN);
    if (alone) return kind;
    const isOperator = flags & f.SYMBOL && ((before | after) & f.DIGIT || before & f.CLOSING || after & f.OPENING);
    if (!isOperator) return 0;
    return flags & f.BETWEEN || !this.#isBound(flags, before, after) ? kind : 0;
  }

  /** Whether an operator in ASCII is part of something else. */
  #isBound(flags, before, after) {
    const f = this.#flags;
    const operandBefore = before & (f.LATIN | f.CLOSING), operandAfter = after & (f.LATIN | f.OPENING);
    return (before & f.ASCII && !operandBefore) || (after & f.ASCII && !operandAfter)
      || (flags & f.OPERANDS && !(operandBefore && operandAfter)) || (flags & f.DIGITS && !(before & after & f.DIGIT));
  }
}
