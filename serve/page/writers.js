// CoNLL-U as `tagger.corpus.conllu` writes it. It keeps all whitespace, so the text can be read back.

const CODES = { " ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p", "\\": "\\\\" };
const escape = (gap) => gap.replace(/[ \t\n\r|\\]/g, (char) => CODES[char]);

/** A line and its words as one CoNLL-U sentence; offsets are code points. */
export function conllu(line, words) {
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
