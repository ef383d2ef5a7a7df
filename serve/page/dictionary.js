// The reader's dictionary, found in texts as `tagger.tagging.dictionary` finds it.

import { tableOf } from "./table.js";

/** Words and what to do with them. In traditional or simplified characters they match text in the other script. */
export class Dictionary {
  #kinds; // 1 for letters, 2 for digits: a word that begins or ends with one does not match beside another
  #simplified = new Map();
  #root = new Map(); // a tree: from code points to nodes; the entry of a node is under ""

  /** From entries `{ word, strength, weight, tag }`, the tables and default weights of the model's description, its format
   * characters, and its POS. Of several entries of a word the last one counts. */
  constructor(entries, { kinds, traditional, simplified, weights }, format, pos) {
    this.#kinds = tableOf(kinds);
    const targets = Array.from(simplified);
    Array.from(traditional).forEach((char, i) => this.#simplified.set(char.codePointAt(0), targets[i].codePointAt(0)));
    const byWord = new Map(), byReading = new Map();
    for (const { word: written, ...entry } of entries) {
      const codes = Int32Array.from(written, (char) => char.codePointAt(0)), places = format.barePlaces(codes);
      const bare = places === null ? written : String.fromCodePoint(...places.map((place) => codes[place]));
      const isCut = entry.strength === "cut", word = isCut ? bare.replaceAll("|", "") : bare;
      const edges = Array.from(word).flatMap((char, i, { length }) => (i === 0 || i === length - 1 ? [char.codePointAt(0)] : []));
      if (edges.length && !edges.some((code) => format.isSpace(code))) byWord.set(word, { ...entry, marks: isCut ? marksOf(bare) : [] });
    }
    for (const [word, entry] of byWord) byReading.set(this.#read(Array.from(word, (char) => char.codePointAt(0))).join(), entry);
    const weightOfAll = byReading.size <= weights.long ? weights.short_list : weights.long_list;
    for (const [word, { strength = "force", weight = weightOfAll, tag, marks }] of byReading) {
      let node = this.#root;
      for (const code of word.split(",").map(Number)) {
        if (!node.has(code)) node.set(code, new Map());
        node = node.get(code);
      }
      node.set("", { strength, weight: Math.fround(weight), pos: tag ? pos.indexOf(tag) : -1, marks });
    }
  }

  #read(codes) {
    return Array.from(codes, (code) => this.#simplified.get(code) ?? code);
  }

  /** All places where entries match, in order of their starts, then ends: `{ start, end, strength, weight, pos, marks }`. */
  find(codes) {
    const read = this.#read(codes), kinds = Array.from(codes, (code) => this.#kinds[code]), matches = [];
    const isWithin = (i) => i > 0 && i < kinds.length && kinds[i] > 0 && kinds[i] === kinds[i - 1];
    for (let start = 0; start < read.length; start++) {
      if (isWithin(start)) continue;
      let node = this.#root.get(read[start]);
      for (let end = start + 1; node; node = node.get(read[end++])) {
        if (node.has("") && !isWithin(end)) matches.push({ start, end, ...node.get("") });
      }
    }
    return matches;
  }
}

/** How many characters of a word to cut come before each boundary. */
function marksOf(word) {
  const parts = word.split("|").map((part) => Array.from(part).length), places = [];
  parts.reduce((sum, size) => {
    places.push(sum + size);
    return sum + size;
  }, 0);
  const size = places.pop();
  return [...new Set(places)].filter((place) => place > 0 && place < size);
}
