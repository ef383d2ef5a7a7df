// Dictionary entries as users type them, one a line: `word`, `word strength[=weight] [tag]`, or a line for jieba.

const STRENGTHS = ["force", "prefer", "forbid", "join", "cut"], TAGGED = ["force", "prefer"];
const BETWEEN = /\t| {2,}|\u3000+/; // parts

/** The parts of a line: a tab or spaces are between them, and a word may hold single spaces. */
function partsOf(line) {
  if (BETWEEN.test(line)) return line.split(BETWEEN).map((part) => part.trim());
  const parts = line.split(" "), at = parts.findIndex((part, i) => i > 0 && STRENGTHS.includes(part.split("=")[0]));
  if (at > 0) return [parts.slice(0, at).join(" "), ...parts.slice(at)];
  const jieba = /^(\S+) (\d+)(?: ([a-z]+))?$/.exec(line);
  return jieba ? [jieba[1], jieba[2] === "0" ? "forbid" : "force"] : [line];
}

/** What is wrong with an entry: a key of `lineFaults` in the page's texts; null if nothing is. */
function faultOf({ word, strength = "force", weight, tag }, isLong, model, limits) {
  if (!STRENGTHS.includes(strength)) return "strength";
  if (isLong) return "parts";
  if (Array.from(word).length > limits.entry_chars) return "long";
  if (weight !== undefined && strength !== "prefer") return "weightWithout";
  if (weight !== undefined && !(weight > 0 && weight < 1000)) return "weight";
  if (tag && !TAGGED.includes(strength)) return "tagWithout";
  if (tag && !model.tags.includes(tag)) return "tag";
  if (strength === "cut" && !/[^|]\|+[^|]/.test(word)) return "cut";
  return null;
}

/** The value of `entries` in a request, and the lines that are none: `{ number, line, fault }`. */
export function parseEntries(text, model, limits) {
  const entries = [], faults = [];
  text.split("\n").forEach((line, i) => {
    if (!line.trim() || /^\s*# /.test(line)) return;
    const [word, constraint = "", tag = "", ...more] = partsOf(line.trim());
    const [strength, weight] = constraint.split("=");
    const entry = {
      word, ...(strength && { strength }), ...(weight !== undefined && { weight: Number(weight) }), ...(tag && { tag }),
    };
    const fault = entries.length >= limits.entries ? "many" : faultOf(entry, more.length > 0, model, limits);
    if (fault === null) entries.push(entry);
    else faults.push({ number: i + 1, line: line.trim(), fault });
  });
  return { entries, faults };
}
