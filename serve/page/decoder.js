// From scores to words and their probabilities, exactly as the tagger does it in Python: constraints, windows over long
// lines, and the best legal tags. `description` is the value of `serve.browser.describe_model`.

import { ConstraintFinder } from "./constraints.js";
import { Dictionary } from "./dictionary.js";
import { CUT, JOIN, NO_SYMBOL, OPEN } from "./edges.js";
import { FormatCharacters } from "./format.js";
import { Marginals, softmax } from "./marginals.js";
import { BEGIN, END, FORBIDDEN, MIDDLE, N_LETTERS, OUTSIDE, SINGLE, add, firstTag, spansOf, tagsOf } from "./scheme.js";
import { viterbi } from "./viterbi.js";
import { chooseSeam, windowsOf } from "./windows.js";

const codesOf = (line) => Int32Array.from(line, (char) => char.codePointAt(0));

export class Decoder {
  constructor(description) {
    this.pos = description.pos;
    this.decoder = description.decoder;
    this.temperature = description.temperature;
    this.limits = description.limits;
    this.ofDictionaries = description.dictionary;
    this.format = new FormatCharacters(description.format, description.lone_pos);
    this.constraints = new ConstraintFinder(description, this.format);
    this.sentenceEnd = new RegExp(description.sentence_end, "ug");
    this.nPos = Math.max(1, this.pos.length);
    this.isOutside = description.finds === "spans"; // characters may lie outside of entities
    this.isFactored = this.decoder.kind === "factored";
    this.nChain = this.isFactored ? 1 : this.nPos; // the POS of the chain of tags
  }

  /** A dictionary of entries `{ word, strength, weight, tag }`. */
  dictionary(entries) {
    return new Dictionary(entries, this.ofDictionaries, this.format, this.pos);
  }

  /** What is known of the edges of words in a line, beyond its format characters. */
  edges(line, dictionary) {
    return this.constraints.of(this.#read(line).bare, dictionary).edges;
  }

  /** The code points of a line, the places of those that are no format characters, null where none is one, and these. */
  #read(line) {
    const codes = codesOf(line);
    if (codes.length > this.limits.section) {
      throw new Error(`expected lines of at most ${this.limits.section} characters, got ${codes.length}; split the line`);
    }
    const places = this.format.barePlaces(codes);
    return { codes, places, bare: places === null ? codes : Int32Array.from(places, (place) => codes[place]) };
  }

  /** The words of a line. `score(codes)` returns the scores of the code points, `[time * width]`. A long line is read in
   * windows that end where `edges` let a word end, those of its own words unless they are given. */
  async words(line, score, dictionary = null, edges = null) {
    const { codes, places, bare } = this.#read(line), chars = Array.from(line);
    let words = await this.#find(bare, score, dictionary, edges);
    if (places !== null) words = this.format.restore(words, places, codes);
    return words.map(([start, end, pos, probability, span_probability]) => (
      { form: chars.slice(start, end).join(""), pos: this.pos[pos] ?? null, start, end, probability, span_probability }
    ));
  }

  /** The start, end, POS number and probabilities of each word of code points without format characters. */
  async #find(codes, score, dictionary, edges) {
    if (!codes.length) return [];
    const known = this.constraints.of(codes, dictionary);
    const { tags, rates } = await this.#decode(codes, known, score, edges ?? known.edges);
    return spansOf(tags, this.nPos).map(([start, end, pos]) => [start, end, pos, ...rateOf(rates.slice(start, end))]);
  }

  /** The tags of a line, which goes through the net in windows if it is long, and the probabilities of the word that
   * begins at each character. */
  async #decode(codes, known, score, edges) {
    const { window, context } = this.limits;
    if (codes.length <= window) return this.#decodeWindow(codes, known.part(0, codes.length), score);
    const windows = windowsOf(codes, edges, this.sentenceEnd, this.limits), decoded = [];
    for (const [start, end] of windows) {
      decoded.push(await this.#decodeWindow(codes.subarray(start, end), known.part(start, end), score));
    }
    const tags = new Int16Array(codes.length), rates = Array(codes.length);
    let first = 0; // the first tag to take from a window
    windows.forEach(([start, , overlaps], i) => {
      const own = decoded[i];
      let end = own.tags.length, seam = 0;
      if (overlaps) {
        const left = this.#wordStarts(own.tags).slice(-2 * context);
        seam = chooseSeam(left, this.#wordStarts(decoded[i + 1].tags).slice(0, 2 * context));
        end += seam - 2 * context;
      }
      for (let t = first; t < end; t++) [tags[start + t], rates[start + t]] = [own.tags[t], own.rates[t]];
      first = seam;
    });
    return { tags, rates };
  }

  async #decodeWindow(codes, known, score) {
    const scores = Float32Array.from(await score(codes)), width = scores.length / codes.length;
    this.#mask(scores, width, known);
    const { parameters } = this.decoder, n = this.nChain;
    const untagged = this.isFactored ? known.words.map((word) => ({ ...word, pos: -1 })) : known.words;
    let tags = viterbi(scores, width, n, parameters, untagged);
    if (this.isFactored) tags = this.#addPos(tags, scores, width, known.words);
    return { tags, rates: this.#rates(tags, scores, width, new Marginals(scores, width, n, parameters, this.temperature)) };
  }

  /** Forbids, in place, what is ruled out. */
  #mask(scores, width, { edges, pos, spaces }) {
    const put = (t, letters, score) => {
      for (const tag of tagsOf(letters, this.nChain)) scores[t * width + tag] = score;
    };
    for (let t = 1; t < pos.length; t++) {
      if (edges[t] === JOIN) {
        put(t, this.isOutside ? [BEGIN, SINGLE] : [OUTSIDE, BEGIN, SINGLE], FORBIDDEN);
        put(t - 1, [END, SINGLE], FORBIDDEN);
      } else if (edges[t] === CUT) {
        put(t, [MIDDLE, END], FORBIDDEN);
        put(t - 1, [BEGIN, MIDDLE], FORBIDDEN);
      }
    }
    spaces.forEach((isInside, t) => { if (isInside) put(t, [MIDDLE], 0); });
    if (this.isOutside) pos.forEach((known, t) => { if (known !== OPEN) put(t, [OUTSIDE], FORBIDDEN); });
    this.#fixPos(scores, width, pos);
  }

  /** Forbids the other POS where something is known of the POS: the scores end in groups of one per POS. */
  #fixPos(scores, width, pos) {
    const n = this.nPos, first = this.isFactored ? N_LETTERS : firstTag(BEGIN, n), ofSymbols = this.constraints.symbols.numbers;
    for (let t = 0; t < pos.length; t++) {
      if (pos[t] === OPEN) continue;
      for (let i = first; i < width; i++) {
        const number = (i - first) % n;
        if (pos[t] === NO_SYMBOL ? ofSymbols.includes(number) : number !== pos[t]) scores[t * width + i] = FORBIDDEN;
      }
    }
  }

  /** What the first and the last character of a word say of each POS, `[n]` each. */
  #posScores(scores, width, start, end) {
    const ofFirst = start * width + N_LETTERS, ofLast = (end - 1) * width + N_LETTERS + this.nPos;
    return [scores.slice(ofFirst, ofFirst + this.nPos), scores.slice(ofLast, ofLast + this.nPos)];
  }

  /** Adds to segmentation tags the POS of each word: the best sum of the scores of its first and last character, and of the
   * bonuses of this word with a POS. */
  #addPos(letters, scores, width, weighted) {
    const n = this.nPos, tags = new Int16Array(letters.length);
    for (const [start, end] of spansOf(letters, 1)) {
      const [ofFirst, ofLast] = this.#posScores(scores, width, start, end);
      for (const word of weighted) {
        if (word.pos >= 0 && word.first === start && word.last === end - 1) ofFirst[word.pos] += word.weight;
      }
      const sums = ofFirst.map((score, p) => add(score, ofLast[p])), pos = sums.indexOf(Math.max(...sums));
      for (let t = start; t < end; t++) tags[t] = firstTag(letters[t], n) + pos;
    }
    return tags;
  }

  /** The probabilities of each decoded word, with its POS and with any, at its first character, and nothing elsewhere. */
  #rates(tags, scores, width, marginals) {
    const rates = Array(tags.length);
    for (const [start, end, pos] of spansOf(tags, this.nPos)) {
      const weights = marginals.wordWeights(start, end), ofWord = weights.reduce((a, b) => a + b);
      if (!this.isFactored) {
        rates[start] = [weights[pos], ofWord];
        continue;
      }
      const [ofFirst, ofLast] = this.#posScores(scores, width, start, end);
      rates[start] = [ofWord * softmax(Array.from(ofFirst, (score, p) => score + ofLast[p]), this.temperature)[pos], ofWord];
    }
    return rates;
  }

  /** The mask of characters at which a word begins, or that are whitespace. */
  #wordStarts(tags) {
    const starts = Array.from(tags, (tag) => tag === 0);
    for (const [start] of spansOf(tags, this.nPos)) starts[start] = true;
    return starts;
  }
}

/** The probabilities of a word whose parts two windows may answer: those of the less likely one. */
function rateOf(ratesOfParts) {
  const known = ratesOfParts.filter((rate) => rate !== undefined);
  return [0, 1].map((i) => {
    const rates = known.map((rate) => rate[i]).filter((rate) => !Number.isNaN(rate));
    return rates.length ? Math.min(1, Math.max(0, Math.min(...rates))) : 0;
  });
}
