// Grapheme clusters, as `tagger.text.clusters` finds them: no word begins inside one.

import { tableOf } from "./table.js";

export class Clusters {
  #table;
  #class;

  /** From the names of the classes, and the code points from which on each run of a class goes. */
  constructor({ classes, runs }) {
    this.#class = Object.fromEntries(classes.map((name, number) => [name, number]));
    this.#table = tableOf(runs);
  }

  /** The mask of code points that continue a cluster. */
  innerMask(codes) {
    const inner = new Uint8Array(codes.length), table = this.#table, of = this.#class;
    const oneOf = (value, ...names) => names.some((name) => of[name] === value);
    // Of the cluster so far: what carries its marks, whether a linker is among these, whether any follows a joiner.
    let base = of.control, linked = false, rejoined = false, regions = 0;
    for (let i = 0; i < codes.length; i++) {
      const before = i ? table[codes[i - 1]] : of.control, after = table[codes[i]];
      const extends_ = oneOf(after, "extend", "linker", "joiner");
      inner[i] = i > 0 && (
        (extends_ && before !== of.control)
        || (before === of.prepend && after !== of.control)
        || (before === of.leading && oneOf(after, "leading", "vowel", "syllable", "closed syllable"))
        || (oneOf(before, "syllable", "vowel") && oneOf(after, "vowel", "trailing"))
        || (oneOf(before, "closed syllable", "trailing") && after === of.trailing)
        || (before === of.joiner && after === of.picture && base === of.picture && !rejoined)
        || (linked && after === of.consonant)
        || (after === of.region && regions % 2 === 1)
      );
      regions = after === of.region ? regions + 1 : 0;
      linked = extends_ && (linked || after === of.linker);
      rejoined = extends_ && (rejoined || before === of.joiner);
      if (!extends_) base = after;
    }
    return inner;
  }
}
