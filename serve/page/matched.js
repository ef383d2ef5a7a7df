// Words of a dictionary that match in a text, as `tagger.tagging.matched_words` has them: what they make known, and which
// weigh. What they make known goes into `edges [n + 1]` and `pos [n]`, where what is known already stays.

import { CUT, FREE, JOIN } from "./edges.js";
import { FORBIDDEN } from "./scheme.js";

const BARRED = FORBIDDEN / 2; // the weight of a barred word: still better than a character in no word

/** Writes the matches that force, cut and join into `edges` and `pos`, where `untyped` is what is known of words without a
 * tag. Returns those that have a weight. */
export function applyEntries(matches, isSpace, edges, pos, untyped) {
  const of = (...strengths) => matches.filter(({ strength }) => strengths.includes(strength));
  for (const span of longest(fitting(of("force"), edges), pos.length)) {
    edges[span.start] = edges[span.end] = CUT;
    edges.fill(JOIN, span.start + 1, span.end);
    for (let i = span.start; i < span.end; i++) if (pos[i] < 0) pos[i] = span.pos < 0 ? untyped : span.pos;
  }
  for (const { start, marks } of of("cut")) {
    for (const mark of marks) if (edges[start + mark] === FREE) edges[start + mark] = CUT;
  }
  const joined = new Set();
  for (const { start, end } of of("join")) {
    for (let i = start + 1; i < end; i++) if (edges[i] === FREE) joined.add(i);
  }
  for (const i of joined) edges[i] = JOIN;
  releaseSpaces(joined, isSpace, edges);
  return of("prefer", "forbid").map((word) => (word.strength === "forbid" ? { ...word, weight: BARRED } : word));
}

/** Frees the joined edges on one side of whitespace that a cut on its other side keeps out of every word. */
function releaseSpaces(joined, isSpace, edges) {
  for (;;) {
    const loose = [...joined].filter((i) => (
      edges[i] === JOIN && ((isSpace[i] && edges[i + 1] !== JOIN) || (isSpace[i - 1] && edges[i - 1] !== JOIN))
    ));
    if (!loose.length) return;
    for (const i of loose) edges[i] = FREE;
  }
}

/** The spans that the edges known so far allow to be words. */
function fitting(spans, edges) {
  return spans.filter(({ start, end }) => (
    edges[start] !== JOIN && edges[end] !== JOIN && !edges.subarray(start + 1, end).includes(CUT)
  ));
}

/** The spans of a text of `n` that are left, longest first, when of two that overlap the longer one stays, and of equally
 * long ones the first. */
function longest(spans, n) {
  const taken = new Uint8Array(n), bySize = [...spans].sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  return bySize.filter(({ start, end }) => {
    if (taken[start] || taken[end - 1]) return false;
    taken.fill(1, start, end);
    return true;
  });
}

/** The weighted words that have a bonus and may be words, or are barred and are not known to be words. The weights of
 * words to prefer are those of a character before, and those of the whole word after. */
export function undecided(words, edges) {
  const fits = fitting(words, edges), nested = nestedOf(fits);
  return fits.filter((word) => {
    if (word.weight > 0) return word.end - word.start > 1 && !nested.has(word);
    const isKnown = edges[word.start] === CUT && edges[word.end] === CUT;
    return !isKnown || edges.subarray(word.start + 1, word.end).some((edge) => edge !== JOIN);
  }).map((word) => (
    word.weight < 0 ? word : { ...word, weight: Math.fround(word.weight * (word.end - word.start - 1)) }
  ));
}

/** The spans that lie inside a longer one of the same weight. */
function nestedOf(spans) {
  const reach = new Map(), nested = new Set(); // by weight: the furthest end of a span before
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const furthest = reach.get(span.weight) ?? -1;
    if (span.end <= furthest) nested.add(span);
    reach.set(span.weight, Math.max(furthest, span.end));
  }
  return nested;
}
