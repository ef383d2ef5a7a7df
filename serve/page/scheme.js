// Tags, and the words that they make. The tags of `n` POS lie in blocks, a block for each letter: O, B…, M…, E…, S….

export const OUTSIDE = 0, BEGIN = 1, MIDDLE = 2, END = 3, SINGLE = 4; // the letters of tags, in the order of `text.scheme`
export const N_LETTERS = 5;
export const FORBIDDEN = -1e4; // a score that no sum of scores of legal tags falls to

/** The sum in 32 bits, as Python computes it, so that ties are decided alike. */
export const add = (a, b) => Math.fround(a + b);

/** The first tag of a letter when there are `n` POS: `O` is one tag, each other letter has a block of `n`. */
export const firstTag = (letter, n) => (letter === OUTSIDE ? 0 : 1 + (letter - BEGIN) * n);

/** The tags of some letters, one letter after the other. */
export const tagsOf = (letters, n) => letters.flatMap((letter) => (
  Array.from({ length: letter === OUTSIDE ? 1 : n }, (_, pos) => firstTag(letter, n) + pos)
));

/** The start, end and POS number of each word. */
export function spansOf(tags, n) {
  const spans = [], letter = (tag) => Math.floor((tag + n - 1) / n);
  let start = -1;
  for (let t = 0; t < tags.length; t++) {
    if (tags[t] === 0) continue;
    if (start < 0) start = t;
    const next = t + 1 < tags.length ? tags[t + 1] : 0;
    if (letter(tags[t]) >= END || next === 0 || letter(next) === BEGIN || letter(next) === SINGLE) {
      spans.push([start, t + 1, (tags[start] - 1) % n]);
      start = -1;
    }
  }
  return spans;
}
