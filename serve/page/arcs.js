// Words with a weight of their own on the Viterbi lattice, as `tagger.decoding.weighted_words` has them: a weighted word is
// an arc from its first character to its last one. A barred word must not come out of single steps either: where one
// begins, `B` leaves by arcs alone, one to every end before that of the barred word, and one that continues after it.

import { END, FORBIDDEN, MIDDLE, SINGLE, add, firstTag } from "./scheme.js";

/** The arcs of weighted words `{ first, last, weight, pos }`: `all` of them, those that end in a column (`endingAt`), and
 * the columns in which `B` leaves by arcs alone (`blocked`). A word of one character needs no arc: its weight is added to
 * the scores, which come back as `steps`. */
export function arcsOf(words, scores, width, n, inside) {
  const steps = addSingles(words, scores, width, n), long = words.filter(({ first, last }) => first < last);
  const { beside, blocked } = arcsBeside(long.filter(({ weight }) => weight < 0));
  const arcs = [...long.map((word) => ({ ...word, isMiddle: false })), ...beside];
  arcs.sort((a, b) => a.last - b.last || a.isMiddle - b.isMiddle || a.first - b.first);
  const all = arcs.map((arc, number) => ({ ...arc, number, scores: scoresOf(arc, steps, width, n, inside) }));
  return { steps, all, blocked, endingAt: groupBy(all, ({ last }) => last) };
}

/** The scores with the weights of the words of one character. */
function addSingles(words, scores, width, n) {
  const singles = words.filter(({ first, last }) => first === last);
  if (!singles.length) return scores;
  const steps = scores.slice();
  for (const { first, weight, pos } of singles) {
    for (let p = 0; p < n; p++) {
      const place = first * width + firstTag(SINGLE, n) + p;
      if (pos < 0 || pos === p) steps[place] = add(steps[place], weight);
    }
  }
  return steps;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The arcs beside barred words, and the columns in which these begin. */
function arcsBeside(barred) {
  const beside = [];
  for (const [first, words] of groupBy(barred, (word) => word.first)) {
    const lasts = new Set(words.map(({ last }) => last)), end = Math.max(...lasts);
    beside.push({ first, last: end, weight: 0, pos: -1, isMiddle: true });
    for (let last = first + 1; last < end; last++) {
      if (!lasts.has(last)) beside.push({ first, last, weight: 0, pos: -1, isMiddle: false });
    }
  }
  return { beside, blocked: new Set(barred.map(({ first }) => first)) };
}

/** What an arc adds to the score of its `B`, by POS. A bonus lets its word hold whitespace. */
function scoresOf({ first, last, weight, pos, isMiddle }, scores, width, n, [beginMiddle, beginEnd, middleMiddle, middleEnd]) {
  const size = last - first, middle = firstTag(MIDDLE, n), target = firstTag(isMiddle ? MIDDLE : END, n);
  return Float32Array.from({ length: n }, (_, p) => {
    let sum = Math.fround((isMiddle || size > 1 ? beginMiddle : beginEnd)[p]);
    if (size > 1) sum = add(sum, Math.fround((isMiddle ? middleMiddle : middleEnd)[p]));
    sum = add(sum, Math.fround(Math.max(size - 2, 0) * Math.fround(middleMiddle[p])));
    for (let t = first + 1; t < last; t++) {
      const score = scores[t * width + middle + p];
      sum = add(sum, weight > 0 && score <= FORBIDDEN ? 0 : score);
    }
    sum = add(sum, scores[last * width + target + p]);
    return add(pos < 0 || pos === p ? weight : 0, sum);
  });
}
