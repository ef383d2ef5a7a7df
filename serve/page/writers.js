// Answers in the formats of `tagger.corpus`, which reads them back. CoNLL-U and JSONL keep all whitespace.

import { asSpan } from "./entities.js";
import { PageError } from "./service.js";

const CODES = { " ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p", "\\": "\\\\" };
const escape = (gap) => gap.replace(/[ \t\n\r|\\]/g, (char) => CODES[char]);

/** A line and its words as one CoNLL-U sentence; offsets are code points. */
export function conllu({ text: line, words }) {
  const chars = Array.from(line);
  const edges = [0, ...words.flatMap((word) => [word.start, word.end]), chars.length];
  const gaps = words.map((_, i) => chars.slice(edges[2 * i], edges[2 * i + 1]).join(""));
  gaps.push(chars.slice(edges.at(-2), edges.at(-1)).join(""));
  if (!words.length) return `# spaces = ${escape(line)}\n\n`;
  const rows = line.endsWith("\r") ? [] : [`# text = ${line}`];
  words.forEach((word, i) => {
    const misc = [];
    if (i === 0 && gaps[0]) misc.push(`SpacesBefore=${escape(gaps[0])}`);
    if (!gaps[i + 1]) misc.push("SpaceAfter=No");
    else if (gaps[i + 1] !== " " || i === words.length - 1) misc.push(`SpacesAfter=${escape(gaps[i + 1])}`);
    rows.push([i + 1, word.form, "_", word.pos ?? "_", "_", "_", "_", "_", "_", misc.join("|") || "_"].join("\t"));
  });
  return rows.join("\n") + "\n\n";
}

/** The words of a row with spaces between them, and the spaces of the text. `write` makes a word a token. */
function spaced({ text, words }, write) {
  const chars = Array.from(text);
  let end = 0, line = "";
  words.forEach((word, i) => {
    if (/\s/.test(word.form)) throw new PageError("space_in_word", `“${word.form}”`);
    line += (i ? " " : "") + chars.slice(end, word.start).join("") + write(word);
    end = word.end;
  });
  return `${line}${chars.slice(end).join("")}\n`;
}

/** A row as the API gives it: entities are `spans`, whose types are their `label`, in place of words or beside them. */
export function asResult(row) {
  if (row.alternatives) return { ...row, alternatives: row.alternatives.map(asResult) };
  const { words, ...rest } = row;
  if (row.spans) return { ...row, spans: row.spans.map(asSpan) };
  return words.some((word) => "label" in word) ? { ...rest, spans: words.map(asSpan) } : row;
}

/** The formats by the suffixes of their files, each with the function that writes a row. */
export const FORMATS = {
  txt: (row) => spaced(row, (word) => word.form),
  slash: (row) => spaced(row, (word) => (word.pos === null ? word.form : `${word.form}/${word.pos}`)),
  conllu,
  jsonl: (row) => `${JSON.stringify(asResult(row))}\n`,
};

/** The suffixes of the formats that can hold rows: only JSONL holds entities, words that overlap, and alternatives. */
export function formatsFor({ mode, rows }) {
  const isFlat = ["words", "sentences"].includes(mode) && !rows.some((row) => row.words.some((word) => "label" in word));
  return isFlat ? Object.keys(FORMATS) : ["jsonl"];
}
