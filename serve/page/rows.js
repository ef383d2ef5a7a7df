// From the answers to pieces to the rows that the page shows: lines, sentences, or pieces with their alternatives.

const shift = (word, chars) => ({ ...word, start: word.start + chars, end: word.end + chars });

/** The sentences of a line, each with its words and the entities beside them; spaces belong to the sentence before them. */
function sentencesOf({ text, words, spans }) {
  const chars = Array.from(text), firsts = words.filter(({ sentence }, i) => i === 0 || sentence !== words[i - 1].sentence);
  if (!firsts.length) return [{ text, words, ...(spans && { spans }) }];
  return firsts.map((first, i) => {
    const start = i ? first.start : 0, end = firsts[i + 1]?.start ?? chars.length;
    const inside = (items) => items.filter(({ sentence }) => sentence === first.sentence)
      .map(({ sentence, ...item }) => shift(item, -start));
    return { text: chars.slice(start, end).join(""), words: inside(words), ...(spans && { spans: inside(spans) }) };
  });
}

/** Puts the pieces of lines together again. `mode` is the page's: words, sentences, alternatives or search. */
export class RowMaker {
  #mode;
  #line = null; // of which not all pieces have come

  constructor(mode) {
    this.#mode = mode;
  }

  /** The rows that are whole now. `results` answer `pieces`. */
  add(pieces, results) {
    return pieces.flatMap(({ text, start, isLast }, i) => {
      const { words, spans, alternatives } = results[i];
      if (alternatives) return [{ text, alternatives }];
      this.#line ??= { text: "", words: [] };
      this.#line.text += text;
      const sentence = (this.#line.words.at(-1)?.sentence ?? -1) + 1; // the number of the first sentence of this piece
      const placed = (item) => (
        shift(item.sentence === undefined ? item : { ...item, sentence: item.sentence + sentence }, start)
      );
      for (const word of words) this.#line.words.push(placed(word));
      if (spans) this.#line.spans ??= [];
      for (const span of spans ?? []) this.#line.spans.push(placed(span));
      if (!isLast) return [];
      const line = this.#line;
      this.#line = null;
      return this.#mode === "sentences" ? sentencesOf(line) : [line];
    });
  }
}
