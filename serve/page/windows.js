// Windows of long lines, as `tagger.text.windows` cuts them: a window is what the net reads at once.

import { JOIN } from "./edges.js";

const textOf = (codes) => Array.from(codes, (code) => String.fromCodePoint(code)).join("");

/** The windows of a line: `[start, end, whether it overlaps the next one]`. A window ends at the end of a sentence where
 * there is one, and where `edges` let a word end. */
export function windowsOf(codes, edges, sentenceEnd, { window, context }) {
  const windows = [];
  let start = 0;
  while (codes.length - start > window) {
    const end = start + window, middle = Math.floor((start + end) / 2);
    let cut = 0;
    for (const match of textOf(codes.subarray(middle, end)).matchAll(sentenceEnd)) {
      const matchEnd = middle + Array.from(match.input.slice(0, match.index + match[0].length)).length;
      if (matchEnd < end && edges[matchEnd] !== JOIN) cut = matchEnd;
    }
    windows.push([start, cut || end, !cut]);
    start = cut || end - 2 * context;
  }
  return [...windows, [start, codes.length, false]];
}

/** The place in the overlap of two windows where the tags change over: a word start of both, nearest to the middle. */
export function chooseSeam(left, right) {
  const middle = Math.floor(left.length / 2);
  let best = -1;
  left.forEach((isStart, i) => {
    if (isStart && right[i] && (best < 0 || Math.abs(i - middle) < Math.abs(best - middle))) best = i;
  });
  return best < 0 ? middle : best;
}
