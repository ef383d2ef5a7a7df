// Format characters, as `tagger.tagging.bare_block` takes them out and puts them back: the model never sees them.

import { tableOf } from "./table.js";

const JOINER = 0x200d;
const SURE = [1, 1]; // the probabilities of a word of format characters alone

export class FormatCharacters {
  #table;
  #kind;
  #pos;

  /** From the names of the kinds, the runs of their table, and the POS number of a word of format characters alone; null
   * where these are no words. */
  constructor({ kinds, runs }, pos) {
    this.#table = tableOf(runs);
    this.#kind = Object.fromEntries(kinds.map((name, number) => [name, number]));
    this.#pos = pos;
  }

  /** Whether a code point is whitespace. */
  isSpace(code) {
    return this.#table[code] === this.#kind.whitespace;
  }

  /** The places of the code points that are no format characters; null where none is one. */
  barePlaces(codes) {
    const { format, picture, mark } = this.#kind, kinds = Array.from(codes, (code) => this.#table[code]);
    if (!kinds.includes(format)) return null;
    const isFormat = kinds.map((kind) => kind === format);
    // A joiner between two pictures is none, of several side by side the last one.
    let before = format, joiner = -1;
    kinds.forEach((kind, i) => {
      if (codes[i] === JOINER) joiner = i;
      if (kind === format) return;
      if (joiner >= 0 && before === picture && kind === picture) isFormat[joiner] = false;
      if (kind !== mark) before = kind;
      joiner = -1;
    });
    return Array.from(codes.keys()).filter((i) => !isFormat[i]);
  }

  /** The words `[start, end, pos, …]` of the bare code points at `places` as words of all `codes`; what follows a POS stays. */
  restore(words, places, codes) {
    const next = [...places, codes.length], restored = [];
    // Format characters go with the character before them, after whitespace with the one after them.
    const isOpen = (i) => i < 0 || i >= places.length || this.isSpace(codes[places[i]]);
    const after = (i) => (i > 0 ? places[i - 1] + 1 : 0);
    const isInside = new Uint8Array(places.length + 1);
    for (const [start, end, ...rest] of words) {
      restored.push([isOpen(start - 1) ? after(start) : places[start], next[end], ...rest]);
      isInside.fill(1, start + 1, end);
    }
    for (let i = 0; this.#pos !== null && i <= places.length; i++) {
      if (isOpen(i - 1) && isOpen(i) && !isInside[i] && after(i) < next[i]) restored.push([after(i), next[i], this.#pos, ...SURE]);
    }
    return restored.sort((left, right) => left[0] - right[0]);
  }
}
