// The tags: their colours, their names in both languages, and words that have them.

import { make } from "./elements.js";

// The parts of speech of Universal Dependencies, and the types of entities: a hue (null for grey), names and examples.
const TAGS = {
  NOUN: [210, "名词", "noun", "问题 时间 个"], PROPN: [265, "专有名词", "proper noun", "北京 小王"],
  PRON: [180, "代词", "pronoun", "我 他们 什么"], VERB: [10, "动词", "verb", "看 喜欢 发展"],
  AUX: [340, "助动词", "auxiliary", "是 能 会"], ADJ: [95, "形容词", "adjective", "大 漂亮"],
  ADV: [45, "副词", "adverb", "很 不 已经"], ADP: [305, "介词", "adposition", "在 从 对"],
  NUM: [150, "数词", "number", "三 5999"], DET: [195, "限定词", "determiner", "每 各"],
  PART: [25, "助词", "particle", "的 吗 吧"], CCONJ: [70, "并列连词", "conjunction", "和 或"],
  SCONJ: [120, "从属连词", "subordinator", "因为 如果"], INTJ: [325, "感叹词", "interjection", "喂 哎呀"],
  PUNCT: [null, "标点", "punctuation", "， 。 ！"], SYM: [235, "符号", "symbol", "% + 😀"], X: [null, "其他", "other", ""],
  PER: [10, "人名", "person", "鲁迅"], LOC: [150, "地名", "place", "北京"], ORG: [210, "机构名", "organisation", "北京大学"],
};

/** The hue of a tag, null for grey. A tag of another tag set always gets the same hue. */
export function hue(tag) {
  if (tag in TAGS) return TAGS[tag][0];
  let sum = 0;
  for (const char of tag) sum = (sum * 31 + char.codePointAt(0)) % 360;
  return sum;
}

/** The name of a tag in a language, en or zh; empty for tags of other tag sets. */
export function tagName(tag, language) {
  return tag in TAGS ? TAGS[tag][language === "zh" ? 1 : 2] : "";
}

// Other names in Chinese. Names of entities are proper nouns for a model that has no types of entities.
const OTHER_NAMES = { 专名: "PROPN", 标点符号: "PUNCT", 连词: "CCONJ", 叹词: "INTJ" }, ENTITIES = ["PER", "LOC", "ORG"];

/** The tag of a name in Chinese, or of itself in English or among `pos`, those of a model; null for what is neither. */
export function tagNamed(name, pos = []) {
  if (pos.includes(name) || Object.hasOwn(TAGS, name)) return name;
  const tag = Object.keys(TAGS).find((known) => TAGS[known][1] === name) ?? (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : null);
  return ENTITIES.includes(tag) && !pos.includes(tag) && pos.includes("PROPN") ? "PROPN" : tag;
}

/** Colours an element by a tag; null is a word without a tag, of which every second one is darker. */
export function paint(element, tag, number = 0) {
  const colour = tag === null ? null : hue(tag);
  element.classList.toggle("plain", colour === null);
  element.classList.toggle("odd", tag === null && number % 2 === 1);
  if (colour !== null) element.style.setProperty("--hue", colour);
  element.dataset.tag = tag ?? "";
}

/** The rows of a glossary: each tag, its names in both languages, and examples. */
export function glossaryRows(tags) {
  return tags.filter((tag) => tag in TAGS).map((tag) => {
    const [, chinese, english, examples] = TAGS[tag];
    const cells = [[tag, ""], [chinese, "zh"], [english, "en"], [examples, "zh"]].map(([text, lang], i) => {
      const cell = make(i ? "td" : "th", { textContent: text, lang });
      if (!i) cell.scope = "row";
      return cell;
    });
    paint(cells[0], tag);
    return make("tr", {}, ...cells);
  });
}
