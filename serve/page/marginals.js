// How likely words are: marginals of the legal sequences of tags, by forward-backward (Rabiner 1989, section V.A), as
// `tagger.decoding.marginals` computes them. Each step is divided by its sum.

import { BEGIN, END, MIDDLE, OUTSIDE, SINGLE, firstTag, tagsOf } from "./scheme.js";

export class Marginals {
  #n;
  #nTags;
  #inside;
  #emission;
  #forward;
  #backward;

  /** From scores `[time * width]`, of which the first columns are tags of `n` POS, and the tables of transitions. */
  constructor(scores, width, n, tables, temperature) {
    const time = scores.length / width, nTags = (this.#nTags = 1 + 4 * n);
    this.#n = n;
    this.#inside = tables.inside.map((row) => row.map((score) => Math.exp(score / temperature)));
    const weights = (row) => Float64Array.from(row, (score) => Math.exp(score / temperature));
    const boundary = tables.boundary.map(weights), start = weights(tables.start), end = weights(tables.end);
    [this.#emission, this.#forward, this.#backward] = Array.from({ length: 3 }, () => new Float64Array(time * nTags));
    for (let t = 0; t < time; t++) {
      const step = scores.subarray(t * width, t * width + nTags), best = step.reduce((a, b) => Math.max(a, b));
      step.forEach((score, tag) => { this.#emission[t * nTags + tag] = Math.exp((score - best) / temperature); });
    }
    this.#runForward(time, boundary, start);
    this.#runBackward(time, boundary, end);
  }

  #runForward(time, boundary, start) {
    const n = this.#n, nTags = this.#nTags, [toMiddle, toEnd, middleToMiddle, middleToEnd] = this.#inside;
    const closing = tagsOf([OUTSIDE, END, SINGLE], n), starting = tagsOf([OUTSIDE, BEGIN, SINGLE], n);
    const begin = firstTag(BEGIN, n), middle = firstTag(MIDDLE, n), last = firstTag(END, n);
    for (let t = 0; t < time; t++) {
      const here = this.#forward.subarray(t * nTags, (t + 1) * nTags), emission = this.#emission.subarray(t * nTags, (t + 1) * nTags);
      if (t === 0) starting.forEach((tag, j) => { here[tag] = start[j]; });
      else {
        const before = this.#forward.subarray((t - 1) * nTags, t * nTags);
        closing.forEach((from, i) => {
          const mass = before[from], row = boundary[i];
          if (mass > 0) starting.forEach((tag, j) => { here[tag] += mass * row[j]; });
        });
        for (let p = 0; p < n; p++) {
          here[middle + p] = before[begin + p] * toMiddle[p] + before[middle + p] * middleToMiddle[p];
          here[last + p] = before[begin + p] * toEnd[p] + before[middle + p] * middleToEnd[p];
        }
      }
      let sum = 0;
      for (let tag = 0; tag < nTags; tag++) sum += (here[tag] *= emission[tag]);
      for (let tag = 0; tag < nTags; tag++) {
        here[tag] /= sum;
        emission[tag] /= sum;
      }
    }
  }

  #runBackward(time, boundary, end) {
    const n = this.#n, nTags = this.#nTags, [toMiddle, toEnd, middleToMiddle, middleToEnd] = this.#inside;
    const closing = tagsOf([OUTSIDE, END, SINGLE], n), starting = tagsOf([OUTSIDE, BEGIN, SINGLE], n);
    const begin = firstTag(BEGIN, n), middle = firstTag(MIDDLE, n), last = firstTag(END, n);
    const after = new Float64Array(nTags);
    let total = 0;
    closing.forEach((tag, i) => { total += this.#forward[(time - 1) * nTags + tag] * end[i]; });
    closing.forEach((tag, i) => { this.#backward[(time - 1) * nTags + tag] = end[i] / total; });
    for (let t = time - 2; t >= 0; t--) {
      const here = this.#backward.subarray(t * nTags, (t + 1) * nTags), next = (t + 1) * nTags;
      for (let tag = 0; tag < nTags; tag++) after[tag] = this.#emission[next + tag] * this.#backward[next + tag];
      closing.forEach((tag, i) => {
        const row = boundary[i];
        starting.forEach((to, j) => { here[tag] += row[j] * after[to]; });
      });
      for (let p = 0; p < n; p++) {
        here[begin + p] = toMiddle[p] * after[middle + p] + toEnd[p] * after[last + p];
        here[middle + p] = middleToMiddle[p] * after[middle + p] + middleToEnd[p] * after[last + p];
      }
    }
  }

  /** How likely it is that the characters from `start` up to `end` are a word, of each POS. */
  wordWeights(start, end) {
    const n = this.#n, nTags = this.#nTags, last = end - 1, letter = start === last ? SINGLE : END;
    return Array.from({ length: n }, (_, p) => {
      const tag = (of) => firstTag(of, n) + p;
      let weight = this.#forward[start * nTags + tag(start === last ? SINGLE : BEGIN)];
      for (let t = start + 1; t <= last; t++) {
        const here = t === last ? END : MIDDLE, step = 2 * (t > start + 1) + (here === END); // the row of `inside`
        weight *= this.#inside[step][p] * this.#emission[t * nTags + tag(here)];
      }
      return weight * this.#backward[last * nTags + tag(letter)];
    });
  }
}

/** How likely a word with these scores of POS `[n]` is to have each of them, over the temperature. */
export function softmax(scores, temperature) {
  const best = Math.max(...scores), weights = scores.map((score) => Math.exp((score - best) / temperature));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
