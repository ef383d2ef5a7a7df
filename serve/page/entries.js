// Dictionary entries as users type them, one a line: `word`, `word strength[=weight] [tag]`, or a line for another tool.
// Strengths and tags may have their Chinese names.

import { readLine, readTag } from "./other-tools.js";
import { tagNamed } from "./tags.js";

const STRENGTHS = ["force", "prefer", "forbid", "join", "cut"], TAGGED = ["force", "prefer"];
const CHINESE = new Map(Object.entries({
  force: "强制 强制成词 必定成词", prefer: "优先 优先成词 倾向成词", forbid: "禁止 禁止成词 不成词",
  join: "不切开 不许切开", cut: "切开 必须切开",
}).flatMap(([strength, names]) => names.split(" ").map((name) => [name, strength])));
const BETWEEN = /\t| {2,}|\u3000+/; // parts

/** A strength, perhaps with a weight, in English; anything else as it is. */
function inEnglish(part) {
  const [name] = part.split(/[=＝]/, 1);
  return CHINESE.has(name) ? CHINESE.get(name) + part.slice(name.length).replace("＝", "=") : part;
}

const isStrength = (part) => STRENGTHS.includes(inEnglish(part).split("=")[0]);

/** A word, a strength and a tag of a model; a strength that is left out before a tag is the usual one. */
function readParts(line, pos) {
  const [word, strength, tag = "", ...more] = partsOf(line, pos);
  const other = strength === "" || (strength && isStrength(strength)) ? null : readLine(line);
  if (other) return other.isUnwanted ? [other.word, "forbid"] : [other.word, "force", otherTag(other.tag ?? "", pos)];
  const alone = strength && !tag ? tagNamed(strength, pos) : null;
  return alone ? [word, "force", alone] : [word, inEnglish(strength ?? ""), tagNamed(tag, pos) ?? readTag(tag, pos) ?? tag, ...more];
}

/** The tag of a line for another tool; a tag that is unknown says nothing. */
const otherTag = (tag, pos) => readTag(tag, pos) ?? tagNamed(tag, pos) ?? "";

/** The parts of a line: a tab or spaces are between them, and a word may hold single spaces. */
function partsOf(line, pos) {
  if (BETWEEN.test(line)) return line.split(BETWEEN).map((part) => part.trim());
  const parts = line.split(" "), at = parts.findIndex((part, i) => i > 0 && isStrength(part)), last = parts.at(-1);
  if (at > 0) return [parts.slice(0, at).join(" "), ...parts.slice(at)];
  const isChineseTag = parts.length > 1 && /[^\x00-\x7f]/.test(last) && tagNamed(last, pos);
  return isChineseTag ? [parts.slice(0, -1).join(" "), last] : [line];
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
    const [word, constraint, tag, ...more] = readParts(line.trim(), model.tags);
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
