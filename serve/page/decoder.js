// From scores to words, exactly as the tagger does it in Python: presegmentation (runs of characters and grapheme
// clusters that are never cut), windows over long lines, and the best legal tags. Sums are rounded to 32 bits, so that ties are decided alike.
// `description` is the value of `serve.browser.describe_model`.

import { Clusters } from "./clusters.js";
import { FormatCharacters } from "./format.js";
import { CUT, JOIN, NO_SYMBOL, OPEN, Symbols } from "./symbols.js";

const FORBIDDEN = -1e4, NEVER = -1e30;
const OUTSIDE = 0, BEGIN = 1, MIDDLE = 2, END = 3, SINGLE = 4; // the letters of tags, in the order of `text.scheme`
const N_LETTERS = 5;
const add = (a, b) => Math.fround(a + b);
/** The first tag of a letter when there are `n` POS: `O` is one tag, each other letter has a block of `n`. */
const firstTag = (letter, n) => (letter === OUTSIDE ? 0 : 1 + (letter - BEGIN) * n);
/** The tags of some letters, one letter after the other. */
const tagsOf = (letters, n) => letters.flatMap((letter) => (
  Array.from({ length: letter === OUTSIDE ? 1 : n }, (_, pos) => firstTag(letter, n) + pos)
));

const codesOf = (line) => Int32Array.from(line, (char) => char.codePointAt(0));
// Full-width forms are read as half-width ones, Chinese punctuation only inside of full-width text.
const isWide = (code) => code > 0xff00 && code < 0xff5f;
const CHINESE_PUNCTUATION = new Set(Array.from("！＂＇（），．：；？［］｛｝", (char) => char.codePointAt(0)));
const textOf = (codes) => Array.from(codes, (code) => String.fromCodePoint(code)).join("");

export class Decoder {
  constructor(description) {
    this.pos = description.pos;
    this.decoder = description.decoder;
    this.limits = description.limits;
    this.runs = description.runs === null ? null : new RegExp(description.runs, "uy");
    this.clusters = new Clusters(description.clusters);
    this.symbols = new Symbols(description.symbols);
    this.format = new FormatCharacters(description.format);
    this.sentenceEnd = new RegExp(description.sentence_end, "ug");
    this.nPos = Math.max(1, this.pos.length);
  }

  /** The words of a line. `score(codes)` returns the scores of the code points, `[time * width]`. */
  async words(line, score) {
    const codes = codesOf(line);
    if (codes.length > this.limits.section) {
      throw new Error(`expected lines of at most ${this.limits.section} characters, got ${codes.length}; split the line`);
    }
    const places = this.format.barePlaces(codes), chars = Array.from(line);
    let words = await this.#find(places === null ? codes : Int32Array.from(places, (place) => codes[place]), score);
    if (places !== null) words = this.format.restore(words, places, codes);
    return words.map(([start, end, pos]) => (
      { form: chars.slice(start, end).join(""), pos: this.pos[pos] ?? null, start, end }
    ));
  }

  /** The start, end and POS number of each word of code points without format characters. */
  async #find(codes, score) {
    return codes.length ? this.spans(await this.#decode(codes, this.constraints(codes), score)) : [];
  }

  /** What is known before each character (`edges`), and of its POS (`pos`). */
  constraints(codes) {
    const inner = this.clusters.innerMask(codes), edges = this.joinedMask(codes, inner);
    return { edges, pos: this.symbols.apply(codes, inner, edges) };
  }

  /** The mask of characters that continue a run or a grapheme cluster, so that no word begins at them. */
  joinedMask(codes, inner) {
    const joined = Uint8Array.from(inner);
    if (this.runs === null) return joined;
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
      this.runs.lastIndex = starts[i];
      const match = this.runs.exec(folded);
      if (match === null) continue;
      end = indices.get(this.runs.lastIndex);
      joined.fill(1, i + 1, end);
    }
    return joined;
  }

  /** The tags of a line, which goes through the net in windows if it is long. */
  async #decode(codes, known, score) {
    const { window, context } = this.limits, tags = new Int16Array(codes.length);
    if (codes.length <= window) return this.#decodeWindow(codes, known, score);
    const windows = this.windows(codes, known.edges), decoded = [];
    for (const [start, end] of windows) {
      const part = { edges: known.edges.subarray(start, end), pos: known.pos.subarray(start, end) };
      decoded.push(await this.#decodeWindow(codes.subarray(start, end), part, score));
    }
    let first = 0; // the first tag to take from a window
    windows.forEach(([start, , overlaps], i) => {
      let end = decoded[i].length, seam = 0;
      if (overlaps) {
        const left = this.wordStarts(decoded[i]).slice(-2 * context);
        seam = chooseSeam(left, this.wordStarts(decoded[i + 1]).slice(0, 2 * context));
        end = decoded[i].length - 2 * context + seam;
      }
      tags.set(decoded[i].subarray(first, end), start + first);
      first = seam;
    });
    return tags;
  }

  /** The windows of a long line: `[start, end, whether it overlaps the next one]`. */
  windows(codes, edges) {
    const { window, context } = this.limits, windows = [];
    let start = 0;
    while (codes.length - start > window) {
      const end = start + window, middle = Math.floor((start + end) / 2);
      let cut = 0;
      for (const match of textOf(codes.subarray(middle, end)).matchAll(this.sentenceEnd)) {
        const matchEnd = middle + Array.from(match.input.slice(0, match.index + match[0].length)).length;
        if (matchEnd < end && edges[matchEnd] !== JOIN) cut = matchEnd;
      }
      windows.push([start, cut || end, !cut]);
      start = cut || end - 2 * context;
    }
    return [...windows, [start, codes.length, false]];
  }

  async #decodeWindow(codes, { edges, pos }, score) {
    const scores = Float32Array.from(await score(codes)), time = codes.length, width = scores.length / time;
    const factored = this.decoder.kind === "factored", n = factored ? 1 : this.nPos;
    const forbid = (t, letter) => {
      for (const tag of tagsOf([letter], n)) scores[t * width + tag] = FORBIDDEN;
    };
    for (let t = 1; t < time; t++) {
      if (edges[t] === JOIN) {
        for (const letter of [OUTSIDE, BEGIN, SINGLE]) forbid(t, letter);
        for (const letter of [END, SINGLE]) forbid(t - 1, letter);
      } else if (edges[t] === CUT) {
        for (const letter of [MIDDLE, END]) forbid(t, letter);
        for (const letter of [BEGIN, MIDDLE]) forbid(t - 1, letter);
      }
    }
    this.#fixPos(scores, width, pos);
    const tags = viterbi(scores, time, width, n, this.decoder.parameters);
    return factored ? this.#addPos(tags, scores, width) : tags;
  }

  /** Forbids the other POS where something is known of the POS: the scores end in groups of one per POS. */
  #fixPos(scores, width, pos) {
    const n = this.nPos, first = this.decoder.kind === "factored" ? N_LETTERS : firstTag(BEGIN, n);
    for (let t = 0; t < pos.length; t++) {
      if (pos[t] === OPEN) continue;
      const ofSymbols = this.symbols.numbers;
      for (let i = first; i < width; i++) {
        const number = (i - first) % n;
        if (pos[t] === NO_SYMBOL ? ofSymbols.includes(number) : number !== pos[t]) scores[t * width + i] = FORBIDDEN;
      }
    }
  }

  /** Adds to segmentation tags the POS of each word: the best sum of the scores of its first and last character. */
  #addPos(letters, scores, width) {
    const n = this.nPos, tags = new Int16Array(letters.length);
    for (let start = 0; start < letters.length; start++) {
      if (letters[start] !== BEGIN && letters[start] !== SINGLE) continue;
      let end = start;
      while (letters[end] !== END && letters[end] !== SINGLE) end++;
      let best = -Infinity, pos = 0;
      for (let p = 0; p < n; p++) {
        const ofFirst = scores[start * width + N_LETTERS + p], ofLast = scores[end * width + N_LETTERS + n + p];
        const sum = add(ofFirst, ofLast);
        if (sum > best) [best, pos] = [sum, p];
      }
      for (let t = start; t <= end; t++) tags[t] = firstTag(letters[t], n) + pos;
    }
    return tags;
  }

  /** The start, end and POS number of each word. */
  spans(tags) {
    const n = this.nPos, spans = [], letter = (tag) => Math.floor((tag + n - 1) / n);
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

  /** The mask of characters at which a word begins, or that are whitespace. */
  wordStarts(tags) {
    const starts = Array.from(tags, (tag) => tag === 0);
    for (const [start] of this.spans(tags)) starts[start] = true;
    return starts;
  }
}

/** The place in the overlap of two windows where the tags change over: a word start of both, nearest to the middle. */
function chooseSeam(left, right) {
  const middle = Math.floor(left.length / 2);
  let best = -1;
  left.forEach((isStart, i) => {
    if (isStart && right[i] && (best < 0 || Math.abs(i - middle) < Math.abs(best - middle))) best = i;
  });
  return best < 0 ? middle : best;
}

/** The legal tags with the highest score (Viterbi 1967). The tags are in blocks: O, B…, M…, E…, S…, with `n` POS each. */
function viterbi(scores, time, width, n, { boundary, inside, start, end }) {
  // The tags that may end a text or come before a boundary, and those that may begin a text or follow a boundary.
  const closing = tagsOf([OUTSIDE, END, SINGLE], n), starting = tagsOf([OUTSIDE, BEGIN, SINGLE], n);
  const nTags = 1 + 4 * n;
  let previous = new Float32Array(nTags), current = new Float32Array(nTags);
  const origins = new Int16Array(time * nTags);
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
      current[tag] = add(best, scores[row + tag]);
      origins[originRow + tag] = origin;
    });
    if (t > 0) {
      for (let p = 0; p < n; p++) {
        const begin = firstTag(BEGIN, n) + p, middle = firstTag(MIDDLE, n) + p, last = firstTag(END, n) + p;
        for (const [tag, b, m] of [[middle, 0, 2], [last, 1, 3]]) { // rows of `inside`: B to M, B to E, M to M, M to E
          const fromBegin = add(previous[begin], Math.fround(inside[b][p])), fromMiddle = add(previous[middle], Math.fround(inside[m][p]));
          current[tag] = add(Math.max(fromBegin, fromMiddle), scores[row + tag]);
          origins[originRow + tag] = fromMiddle > fromBegin ? middle : begin;
        }
      }
    }
    [previous, current] = [current, previous];
  }
  let best = -Infinity, tag = 0;
  closing.forEach((last, i) => {
    const path = add(previous[last], Math.fround(end[i]));
    if (path > best) [best, tag] = [path, last];
  });
  const tags = new Int16Array(time);
  for (let t = time - 1; t >= 0; t--) {
    tags[t] = tag;
    tag = origins[t * nTags + tag];
  }
  return tags;
}
