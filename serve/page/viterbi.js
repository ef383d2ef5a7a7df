// The best legal tags, where some words may have a weight of their own.

import { arcsOf } from "./arcs.js";
import { BEGIN, END, MIDDLE, OUTSIDE, SINGLE, add, firstTag, tagsOf } from "./scheme.js";

const NEVER = -1e30; // the score of a path that does not exist

/** The legal tags with the highest score (Viterbi 1967), from scores `[time * width]`, of which the first columns are tags,
 * and the tables of transitions. `words` are weighted words `{ first, last, weight, pos }`. */
export function viterbi(scores, width, n, tables, words) {
  const arcs = arcsOf(words, scores, width, n, tables.inside);
  const { paths, origins } = bestPaths(arcs, width, n, tables);
  let best = -Infinity, last = 0;
  tagsOf([OUTSIDE, END, SINGLE], n).forEach((tag, i) => {
    const path = add(paths[tag], Math.fround(tables.end[i]));
    if (path > best) [best, last] = [path, tag];
  });
  return traceBack(last, origins, arcs, n);
}

/** The scores of the best paths to each last tag, and where paths come from, `origins [time * tags]`: the tag before or,
 * below 0, the arc that leads to a tag. */
function bestPaths({ steps, blocked, endingAt }, width, n, { boundary, inside, start }) {
  const time = steps.length / width, nTags = 1 + 4 * n, origins = new Int32Array(time * nTags);
  // The tags that may end a text or come before a boundary, and those that may begin a text or follow a boundary.
  const closing = tagsOf([OUTSIDE, END, SINGLE], n), starting = tagsOf([OUTSIDE, BEGIN, SINGLE], n);
  const begin = firstTag(BEGIN, n), middle = firstTag(MIDDLE, n), end = firstTag(END, n);
  const begun = new Float32Array(time * n); // the scores of the best paths to B
  let previous = new Float32Array(nTags), current = new Float32Array(nTags);
  for (let t = 0; t < time; t++) {
    const row = t * width, originRow = t * nTags;
    current.fill(NEVER);
    starting.forEach((tag, j) => {
      let best = -Infinity, origin = 0;
      if (t === 0) best = Math.fround(start[j]);
      else closing.forEach((from, i) => {
        const path = add(previous[from], Math.fround(boundary[i][j]));
        if (path > best) [best, origin] = [path, from];
      });
      current[tag] = add(best, steps[row + tag]);
      origins[originRow + tag] = origin;
    });
    for (let p = 0; t > 0 && p < n; p++) {
      const toBegin = blocked.has(t - 1) ? NEVER : previous[begin + p], toMiddle = previous[middle + p];
      for (const [tag, b, m] of [[middle + p, 0, 2], [end + p, 1, 3]]) { // rows of `inside`: B to M, B to E, M to M, M to E
        const fromBegin = add(toBegin, Math.fround(inside[b][p])), fromMiddle = add(toMiddle, Math.fround(inside[m][p]));
        current[tag] = add(Math.max(fromBegin, fromMiddle), steps[row + tag]);
        origins[originRow + tag] = fromMiddle > fromBegin ? middle + p : begin + p;
      }
    }
    for (const { first, number, scores, isMiddle } of endingAt.get(t) ?? []) {
      for (let p = 0; p < n; p++) {
        const path = add(begun[first * n + p], scores[p]), tag = (isMiddle ? middle : end) + p;
        if (path > current[tag]) [current[tag], origins[originRow + tag]] = [path, -1 - number];
      }
    }
    begun.set(current.subarray(begin, begin + n), t * n);
    [previous, current] = [current, previous];
  }
  return { paths: previous, origins };
}

/** The tags of the path that ends with the tag `last`. */
function traceBack(last, origins, arcs, n) {
  const nTags = 1 + 4 * n, tags = new Int16Array(origins.length / nTags);
  let tag = last;
  for (let t = tags.length - 1; t >= 0; t--) {
    tags[t] = tag;
    const origin = origins[t * nTags + tag];
    if (origin >= 0) {
      tag = origin;
      continue;
    }
    const { first } = arcs.all[-1 - origin], pos = (tag - 1) % n;
    tags.fill(firstTag(MIDDLE, n) + pos, first + 1, t);
    [t, tag] = [first + 1, firstTag(BEGIN, n) + pos];
  }
  return tags;
}
