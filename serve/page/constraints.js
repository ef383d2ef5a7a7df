// What is known of a text, as `tagger.tagging.constraints` has it. Where sources disagree, grapheme clusters go first, then
// words that the dictionary forces, then its cuts, then its joins, then runs of characters, and symbols come last.

import { Clusters } from "./clusters.js";
import { FREE, JOIN, NO_SYMBOL, OPEN } from "./edges.js";
import { applyEntries, undecided } from "./matched.js";
import { Runs } from "./runs.js";
import { Symbols } from "./symbols.js";

/** What holds for code points: before each of them and at the end (`edges [n + 1]`), of the POS (`pos [n]`), which
 * whitespace may lie inside a word (`spaces [n]`), and `words` with a weight. */
export class Constraints {
  constructor(edges, pos, spaces, words) {
    Object.assign(this, { edges, pos, spaces, words });
  }

  /** Those of the code points from `start` up to `end`, with the words that lie there as a whole: `{ first, last, … }`. */
  part(start, end) {
    const inside = this.words.filter((word) => word.start >= start && word.end <= end);
    const words = inside.map((word) => ({ ...word, first: word.start - start, last: word.end - 1 - start }));
    return new Constraints(this.edges.subarray(start, end + 1), this.pos.subarray(start, end), this.spaces.subarray(start, end), words);
  }
}

/** Finds the constraints of texts, by the description of a model. */
export class ConstraintFinder {
  #clusters;
  #runs;
  #isSpace;
  #untyped; // of forced words without a tag; an entity has some type

  constructor(description, format) {
    this.#clusters = new Clusters(description.clusters);
    this.#runs = new Runs(description.runs);
    this.symbols = new Symbols(description.symbols, description.symbol_pos);
    this.#isSpace = (code) => format.isSpace(code);
    this.#untyped = description.finds === "spans" ? NO_SYMBOL : OPEN;
  }

  /** The constraints of code points without format characters; `dictionary` may be null. */
  of(codes, dictionary) {
    const n = codes.length, edges = new Uint8Array(n + 1), pos = new Int16Array(n).fill(OPEN), spaces = new Uint8Array(n);
    const inner = this.#clusters.innerMask(codes);
    inner.forEach((isInner, i) => { if (isInner) edges[i] = JOIN; });
    let weighted = [];
    if (dictionary !== null) {
      const isSpace = Array.from(codes, this.#isSpace);
      weighted = applyEntries(dictionary.find(codes), isSpace, edges, pos, this.#untyped);
      isSpace.forEach((space, i) => { spaces[i] = space && edges[i] === JOIN && edges[i + 1] === JOIN; });
    }
    this.#runs.joinedMask(codes).forEach((isJoined, i) => { if (isJoined && edges[i] === FREE) edges[i] = JOIN; });
    const words = undecided(weighted, edges), decided = new Uint8Array(n);
    for (const { start, end } of words) decided.fill(1, start, end);
    this.symbols.apply(codes, inner, decided, edges, pos);
    return new Constraints(edges, pos, spaces, words);
  }
}
