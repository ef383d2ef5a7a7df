// Scores to words, as the tagger does it in Python: runs that are never cut, windows of long lines, and the
// best legal tags. Additions are rounded to 32 bits, so that ties fall as they do there.
// `description` is what `serve.local.description` writes beside a model.

const FORBIDDEN = -1e4, NEVER = -1e30;
const BEGIN = 0, END = 2, SINGLE = 3;
const add = (a, b) => Math.fround(a + b);

const codesOf = (line) => Int32Array.from(line, (char) => char.codePointAt(0));
const textOf = (codes) => Array.from(codes, (code) => String.fromCodePoint(code)).join("");

export class Decoder {
  constructor(description) {
    this.pos = description.pos;
    this.decoder = description.decoder;
    this.limits = description.limits;
    this.runs = description.runs === null ? null : new RegExp(description.runs, "uy");
    this.sentenceEnd = new RegExp(description.sentence_end, "ug");
    this.nPos = Math.max(1, this.pos.length);
  }

  /** The words of a line. `score` gives the scores of code points, `[time * n]`. */
  async words(line, score) {
    const codes = codesOf(line);
    if (codes.length > this.limits.section) {
      throw new Error(`expected lines of at most ${this.limits.section} characters, got ${codes.length}; split the line`);
    }
    if (!codes.length) return [];
    const tags = await this.#tags(codes, this.joined(codes), score);
    const chars = Array.from(line);
    return this.spans(tags).map(([start, end, pos]) => (
      { form: chars.slice(start, end).join(""), pos: this.pos[pos] ?? null, start, end }
    ));
  }

  /** Which characters go on a run, so that no word begins at them. */
  joined(codes) {
    const joined = new Uint8Array(codes.length);
    if (this.runs === null) return joined;
    const places = new Map();
    let folded = "", end = 0;
    const starts = Array.from(codes, (code, i) => {
      places.set(folded.length, i);
      const at = folded.length;
      folded += String.fromCodePoint(code > 0xff00 && code < 0xff5f ? code - 0xfee0 : code);
      return at;
    });
    places.set(folded.length, codes.length);
    for (let i = 0; i < codes.length; i++) {
      if (i < end) continue;
      this.runs.lastIndex = starts[i];
      const match = this.runs.exec(folded);
      if (match === null) continue;
      end = places.get(this.runs.lastIndex);
      joined.fill(1, i + 1, end);
    }
    return joined;
  }

  async #tags(codes, joined, score) {
    const { window, context } = this.limits, tags = new Int16Array(codes.length);
    if (codes.length <= window) return this.#row(codes, joined, score);
    const parts = this.windows(codes, joined), found = [];
    for (const [start, end] of parts) found.push(await this.#row(codes.subarray(start, end), joined.subarray(start, end), score));
    let taken = 0;
    for (let i = 0; i < parts.length; i++) {
      const [start, , overlaps] = parts[i], own = found[i];
      let end = own.length, shared = 0;
      if (overlaps) {
        const left = this.begins(own).slice(-2 * context);
        shared = seam(left, this.begins(found[i + 1]).slice(0, 2 * context));
        end = own.length - 2 * context + shared;
      }
      tags.set(own.subarray(taken, end), start + taken);
      taken = shared;
    }
    return tags;
  }

  /** Where a long row is cut: `[start, end, does it overlap the next one]`. */
  windows(codes, joined) {
    const { window, context } = this.limits, parts = [];
    let start = 0;
    while (codes.length - start > window) {
      const end = start + window, middle = Math.floor((start + end) / 2);
      let cut = 0;
      for (const match of textOf(codes.subarray(middle, end)).matchAll(this.sentenceEnd)) {
        const at = middle + Array.from(match.input.slice(0, match.index + match[0].length)).length;
        if (at < end && !joined[at]) cut = at;
      }
      parts.push([start, cut || end, !cut]);
      start = cut || end - 2 * context;
    }
    return [...parts, [start, codes.length, false]];
  }

  async #row(codes, joined, score) {
    const scores = Float32Array.from(await score(codes)), time = codes.length, width = scores.length / time;
    const factored = this.decoder.kind === "factored", n = factored ? 1 : this.nPos;
    const forbid = (t, block) => scores.fill(FORBIDDEN, t * width + Math.max(0, 1 + (block - 1) * n), t * width + 1 + block * n);
    for (let t = 1; t < time; t++) {
      if (!joined[t]) continue;
      for (const block of [0, 1, 4]) forbid(t, block);
      for (const block of [3, 4]) forbid(t - 1, block);
    }
    const tags = viterbi(scores, time, width, n, this.decoder.parameters);
    return factored ? this.#factored(tags, scores, width) : tags;
  }

  /** Segmentation tags to tags with the POS of the word: the best sum of its first and its last character's scores. */
  #factored(letters, scores, width) {
    const n = this.nPos, tags = new Int16Array(letters.length);
    for (let start = 0; start < letters.length; start++) {
      if (letters[start] !== 1 && letters[start] !== 4) continue;
      let end = start;
      while (letters[end] !== 3 && letters[end] !== 4) end++;
      let best = -Infinity, pos = 0;
      for (let p = 0; p < n; p++) {
        const sum = add(scores[start * width + 5 + p], scores[end * width + 5 + n + p]);
        if (sum > best) [best, pos] = [sum, p];
      }
      for (let t = start; t <= end; t++) tags[t] = 1 + (letters[t] - 1) * n + pos;
    }
    return tags;
  }

  /** Start, end and POS number of every word that tags mark. */
  spans(tags) {
    const n = this.nPos, spans = [], letter = (tag) => Math.floor((tag - 1) / n);
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

  /** At which tags a word begins, or whitespace is. */
  begins(tags) {
    const begins = Array.from(tags, (tag) => tag === 0);
    for (const [start] of this.spans(tags)) begins[start] = true;
    return begins;
  }
}

/** Where to go over from one window to the next: nearest to the middle of what both have seen. */
function seam(left, right) {
  const middle = Math.floor(left.length / 2);
  let best = -1;
  left.forEach((begins, i) => {
    if (begins && right[i] && (best < 0 || Math.abs(i - middle) < Math.abs(best - middle))) best = i;
  });
  return best < 0 ? middle : best;
}

/** The highest scoring legal tags of a row (Viterbi 1967); blocks of tags: O, B…, M…, E…, S…. */
function viterbi(scores, time, width, n, { boundary, inside, start, end }) {
  const closed = [0, ...Array.from({ length: 2 * n }, (_, i) => 1 + 2 * n + i)]; // O, E…, S…
  const fresh = [0, ...Array.from({ length: n }, (_, i) => 1 + i), ...Array.from({ length: n }, (_, i) => 1 + 3 * n + i)]; // O, B…, S…
  let before = new Float32Array(1 + 4 * n), now = new Float32Array(1 + 4 * n);
  const origins = new Int16Array(time * (1 + 4 * n));
  for (let t = 0; t < time; t++) {
    const at = t * width, from = t * (1 + 4 * n);
    now.fill(NEVER);
    fresh.forEach((tag, j) => {
      let best = -Infinity, origin = 0;
      if (t === 0) best = Math.fround(start[j]);
      else closed.forEach((previous, i) => {
        const path = add(before[previous], Math.fround(boundary[i][j]));
        if (path > best) [best, origin] = [path, previous];
      });
      now[tag] = add(best, scores[at + tag]);
      origins[from + tag] = origin;
    });
    if (t > 0) {
      for (let p = 0; p < n; p++) {
        for (const [tag, b, m] of [[1 + n + p, 0, 2], [1 + 2 * n + p, 1, 3]]) { // to M, to E: from B, from M
          const begun = add(before[1 + p], Math.fround(inside[b][p])), middle = add(before[1 + n + p], Math.fround(inside[m][p]));
          now[tag] = add(Math.max(begun, middle), scores[at + tag]);
          origins[from + tag] = middle > begun ? 1 + n + p : 1 + p;
        }
      }
    }
    [before, now] = [now, before];
  }
  let best = -Infinity, tag = 0;
  closed.forEach((last, i) => {
    const path = add(before[last], Math.fround(end[i]));
    if (path > best) [best, tag] = [path, last];
  });
  const tags = new Int16Array(time);
  for (let t = time - 1; t >= 0; t--) {
    tags[t] = tag;
    tag = origins[t * (1 + 4 * n) + tag];
  }
  return tags;
}
