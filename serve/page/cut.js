// A text of any length as requests within the limits of the service.

const MOST_LINES = 64, MOST_CHARS = 4096; // of a request, so that the first words come soon
const SENTENCE_END = /[。！？!?…｡；;]+["'”’」』）)》〉】\]]*/gu, BREAK = /[\s,，、:：]+/gu;
const encoder = new TextEncoder();

/** The end of the last match in the second half of `chars` from `start` to `end`; 0 if there is none. */
function lastMatch(pattern, chars, start, end) {
  const middle = Math.floor((start + end) / 2), half = chars.slice(middle, end).join("");
  const match = [...half.matchAll(pattern)].at(-1);
  return match ? middle + Array.from(half.slice(0, match.index + match[0].length)).length : 0;
}

/** A line in pieces of at most `most` characters, cut at the end of a sentence, or at a comma or space if there is one. */
export function piecesOf(line, most) {
  if (line.length <= most) return [{ text: line, start: 0, isLast: true }];
  const chars = Array.from(line), pieces = [];
  let start = 0;
  while (start < chars.length) {
    let end = start + most;
    if (end < chars.length) end = lastMatch(SENTENCE_END, chars, start, end) || lastMatch(BREAK, chars, start, end) || end;
    pieces.push({ text: chars.slice(start, end).join(""), start, isLast: end >= chars.length });
    start = end;
  }
  return pieces;
}

/** The pieces of each request for the lines of a text. `limits` are those of requests: `texts`, `chars` and `body` bytes. */
export function* requestsOf(lines, limits) {
  let pieces = [], nChars = 0, nBytes = 0;
  for (const line of lines) {
    for (const piece of piecesOf(line.toWellFormed?.() ?? line, limits.chars)) {
      const bytes = encoder.encode(JSON.stringify(piece.text)).length;
      const isFull = pieces.length >= Math.min(MOST_LINES, limits.texts)
        || nChars + piece.text.length > MOST_CHARS || nBytes + bytes > limits.body / 2;
      if (pieces.length && isFull) {
        yield pieces;
        [pieces, nChars, nBytes] = [[], 0, 0];
      }
      pieces.push(piece);
      nChars += piece.text.length;
      nBytes += bytes;
    }
  }
  if (pieces.length) yield pieces;
}
