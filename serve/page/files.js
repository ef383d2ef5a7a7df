// Files: texts that are opened, and answers that are saved.

import { PageError } from "./service.js";

const MOST_BYTES = 4 << 20; // a text area with more makes the page slow
// Letters of scripts that write spaces between words, and digits, as `tagger.corpus.spacing` knows them.
const SPACED = /[0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/;
const isSpaced = (char) => char !== undefined && SPACED.test(char);

/** The text of words, with a space between two such letters. */
const joined = (forms) => forms.reduce((text, form) => text + (isSpaced(text.at(-1)) && isSpaced(form[0]) ? " " : "") + form, "");

function textOfJson(line) {
  const value = JSON.parse(line), text = value.text ?? value;
  if (typeof text === "string") return text;
  return joined((value.words ?? value.tokens).map((word) => word.form ?? word));
}

/** The text of a sentence in CoNLL-U: its comment `text`, or else its words. */
function textOfConllu(block) {
  const lines = block.split("\n"), text = lines.find((line) => line.startsWith("# text = "));
  if (text) return text.slice("# text = ".length);
  const rows = lines.filter((line) => /^\d+\t/.test(line)).map((line) => line.split("\t"));
  return joined(rows.map((row) => row[1]));
}

const lines = (text) => text.split("\n").filter((line) => line.trim());
const READERS = {
  jsonl: (text) => lines(text).map(textOfJson).join("\n"),
  conllu: (text) => text.split(/\n\n+/).filter((block) => /^\d+\t/m.test(block)).map(textOfConllu).join("\n"),
  slash: (text) => lines(text).map((line) => joined(line.trim().split(/\s+/).map((word) => word.replace(/(.)\/[^/]+$/u, "$1")))).join("\n"),
};
const KINDS = { jsonl: "jsonl", ndjson: "jsonl", conllu: "conllu", slash: "slash", pos: "slash" };

/** The characters of a file in UTF-8, UTF-16 with its mark, or else GB 18030. */
function decode(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030", { fatal: true }).decode(bytes);
  }
}

/** The text of a file: plain, or of JSONL, CoNLL-U or words with slashes by its name. Throws a PageError. */
export async function readFile(file) {
  if (file.size > MOST_BYTES) throw new PageError("file_too_large", `${file.name}: tagger tag ${file.name}`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const read = READERS[KINDS[file.name.split(".").at(-1).toLowerCase()]] ?? ((text) => text);
  try {
    const text = decode(bytes).replace(/\r\n?/g, "\n");
    if (text.includes("\0")) throw new TypeError("zeros");
    return read(text).replace(/\n+$/, "");
  } catch (error) {
    throw new PageError("file_unreadable", `${file.name}: ${error.message}`);
  }
}

/** Saves a text as a file of this name. */
export function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
