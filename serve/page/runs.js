// Runs of characters that no word boundary may cut, such as URLs and numbers, as `tagger.text.presegment` finds them.

// Full-width forms are read as half-width ones, Chinese punctuation only inside of full-width text.
const isWide = (code) => code > 0xff00 && code < 0xff5f;
const CHINESE_PUNCTUATION = new Set(Array.from("！＂＇（），．：；？［］｛｝", (char) => char.codePointAt(0)));

export class Runs {
  #pattern;

  /** From the source of a regular expression; null where a model has no runs. */
  constructor(source) {
    this.#pattern = source === null ? null : new RegExp(source, "uy");
  }

  /** The mask of code points that continue a run, so that no word begins at them. */
  joinedMask(codes) {
    const joined = new Uint8Array(codes.length);
    if (this.#pattern === null) return joined;
    const indices = new Map(); // from UTF-16 offsets in `folded` to code points
    let folded = "", end = 0;
    const starts = Array.from(codes, (code, i) => {
      const start = folded.length;
      indices.set(start, i);
      const inside = i > 0 && i + 1 < codes.length && isWide(codes[i - 1]) && isWide(codes[i + 1]);
      const fold = isWide(code) && (inside || !CHINESE_PUNCTUATION.has(code));
      folded += String.fromCodePoint(fold ? code - 0xfee0 : code);
      return start;
    });
    indices.set(folded.length, codes.length);
    for (let i = 0; i < codes.length; i++) {
      if (i < end) continue;
      this.#pattern.lastIndex = starts[i];
      if (this.#pattern.exec(folded) === null) continue;
      end = indices.get(this.#pattern.lastIndex);
      joined.fill(1, i + 1, end);
    }
    return joined;
  }
}
