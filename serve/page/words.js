// The words of an answer on the page: drawn as they come, with a legend, and a tip for the word that is pointed at.

import { make } from "./elements.js";
import { partsOf } from "./entities.js";
import { hue, paint, tagName } from "./tags.js";
import { wording } from "./wording.js";

const UNSURE = 0.9, DOUBTFUL = 0.6; // words with a lower probability are underlined
const MOST_WORDS = 20000; // that are drawn: more would make the page slow
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" };

const percent = (probability) => wording().percent(Math.round(100 * probability));
const confidence = ({ probability }) => (probability === undefined ? "" : wording().sure(Math.round(100 * probability)));

const named = (type) => (wording().short === "zh" ? `${type} ${tagName(type, "zh")}`.trim() : type);

/** What stands under a word: its tag; under an entity its type, and in Chinese the name of the type, if it has one. */
const below = ({ pos, label }) => (label ? named(label) : pos ?? "");

/** What stands over a word: the types of the entities that begin in it. */
const above = ({ start }, entities) => entities.filter((entity) => entity.start >= start).map(({ label }) => named(label)).join(" ");

/** An entity in words: its form, its type and how sure it is. */
const described = (entity) => (
  [`${entity.form} ${entity.label} ${tagName(entity.label, wording().short)}`.trim(), confidence(entity)].filter(Boolean).join(", ")
);

const typeKey = (type) => `over ${type}`; // of a button; tags have no spaces

/** A part of a word: text, or a mark over it where it is part of an entity. */
function partElement({ form, entity, isFirst, isLast }) {
  if (!entity) return form;
  const part = make("span", { className: "entity", textContent: form });
  part.classList.toggle("first", isFirst);
  part.classList.toggle("last", isLast);
  part.style.setProperty("--type", hue(entity.label) ?? 0);
  return part;
}

/** The text between words: spaces, or what is outside entities. */
const between = (text) => (text.trim() ? make("span", { className: "outside", textContent: text }) : text);

export class WordView {
  #result;
  #legend;
  #tip;
  #current = null;
  #shown = null; // the key of a button of the legend
  #counts = new Map();
  #types = new Map();

  constructor(result, legend, tip) {
    [this.#result, this.#legend, this.#tip] = [result, legend, tip];
    result.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hideTip();
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      this.#go(STEPS[event.key]);
    });
    for (const type of ["pointerover", "focusin"]) {
      result.addEventListener(type, (event) => {
        const element = event.target.closest(".word");
        if (element) this.#showTip(element);
      });
    }
    for (const type of ["pointerleave", "focusout"]) result.addEventListener(type, () => this.hideTip());
    this.clear();
  }

  /** Shows nothing. */
  clear() {
    this.hideTip();
    [this.#counts, this.#types] = [new Map(), new Map()];
    this.#current = null;
    this.nWords = this.nCharacters = this.nDrawn = 0;
    this.nNames = null; // of a model that finds them beside words
    this.hasUnsure = false;
    this.#result.replaceChildren();
    this.#legend.replaceChildren();
  }

  /** Adds rows: lines with their words, or pieces with alternatives. */
  add(rows, mode) {
    for (const row of rows) {
      this.nCharacters += Array.from(row.text).length;
      const words = row.words ?? row.alternatives[0]?.words ?? [];
      this.nWords += words.length;
      for (const { pos } of words) if (pos !== null) this.#counts.set(pos, (this.#counts.get(pos) ?? 0) + 1);
      for (const { label } of row.spans ?? []) this.#types.set(label, (this.#types.get(label) ?? 0) + 1);
      if (row.spans) this.nNames = (this.nNames ?? 0) + row.spans.length;
      if (this.nDrawn >= MOST_WORDS) continue;
      const drawn = row.alternatives ? this.#alternativesElement(row) : this.#lineElement(row, mode === "search");
      this.#result.append(drawn);
      this.nDrawn += words.length;
    }
    this.#current ??= this.#result.querySelector(".word");
    if (this.#current) this.#current.tabIndex = 0;
    this.#drawLegend();
  }

  /** Names the words and the legend in the language of the page. */
  translate() {
    this.hideTip();
    for (const element of this.#result.querySelectorAll(".word")) {
      this.#label(element);
      if (element.word.label) element.dataset.below = below(element.word);
      if (element.entities) element.dataset.above = above(element.word, element.entities);
    }
    this.#drawLegend();
  }

  get tags() {
    return [...this.#counts.keys()];
  }

  #lineElement({ text, words, spans }, isSearch = false) {
    const chars = Array.from(text), row = make("div", { className: "line", lang: "zh" });
    if (isSearch) { // words overlap, and so do entities
      row.append(...words.map((word, i) => this.#wordElement(word, i, null, true)));
      for (const span of spans ?? []) {
        const element = this.#wordElement(span, 0, null, true);
        element.classList.add("name");
        element.keys = [typeKey(span.label)];
        row.append(element);
      }
      return row;
    }
    row.classList.toggle("marked", Boolean(spans?.length));
    let end = 0, first = 0; // the first entity that does not end before the word
    words.forEach((word, i) => {
      if (word.start > end) row.append(between(chars.slice(end, word.start).join("")));
      let next = first;
      while (next < spans?.length && spans[next].start < word.end) next++;
      row.append(this.#wordElement(word, i, spans?.length ? spans.slice(first, next) : null));
      while (first < next && spans[first].end <= word.end) first++;
      end = word.end;
    });
    row.append(between(chars.slice(end).join("")));
    return row;
  }

  #alternativesElement({ text, alternatives }) {
    return make("div", { className: "alternatives" }, ...alternatives.map(({ probability, words }) => {
      const row = this.#lineElement({ text, words });
      row.prepend(make("span", { className: "share", textContent: percent(probability), lang: "" }));
      return row;
    }));
  }

  /** A word; of a line with entities the marks of those in it are over it. */
  #wordElement(word, number, entities, isSearch = false) {
    const element = make("span", { className: "word", tabIndex: -1, word, entities });
    paint(element, word.pos, number);
    element.dataset.below = isSearch ? `${word.pos ?? ""} ${percent(word.probability)}` : below(word);
    const isDoubtful = !isSearch && word.probability < DOUBTFUL, isUnsure = !isSearch && word.probability < UNSURE;
    const form = entities?.length ? partsOf(word, entities).map(partElement) : [word.form];
    // The line is under the form alone: under the word it would go through the tag.
    if (isUnsure || entities?.length) {
      element.append(make("span", { className: isDoubtful ? "doubtful" : isUnsure ? "unsure" : "" }, ...form));
    } else element.textContent = word.form;
    if (entities) {
      element.dataset.above = above(word, entities);
      if (entities.length) element.style.setProperty("--type", hue(entities.at(-1).label) ?? 0);
    }
    element.keys = [word.pos ?? "", ...(entities ?? []).map(({ label }) => typeKey(label))];
    this.hasUnsure ||= isUnsure;
    this.#label(element);
    return element;
  }

  #label(element) {
    const { form, pos, start, end } = element.word;
    const tag = `${pos ?? wording().untagged} ${pos ? tagName(pos, wording().short) : ""}`;
    const within = (element.entities ?? []).map((entity) => wording().within(described(entity)));
    element.setAttribute(
      "aria-label", [form, tag, wording().offset(start, end), confidence(element.word), ...within].filter(Boolean).join(", "),
    );
  }

  #drawLegend() {
    const [tags, types] = [this.#counts, this.#types].map((counts) => [...counts].sort((a, b) => b[1] - a[1]));
    this.#legend.replaceChildren(...tags.map((tag) => this.#button(...tag)), ...types.map((type) => this.#button(...type, true)));
    if (![...this.#legend.children].some(({ key }) => key === this.#shown)) this.#shown = null;
    this.#filter();
  }

  /** A button that picks out the words with a tag, or those in entities of a type. */
  #button(tag, count, isType = false) {
    const button = make("button", { type: "button" }, `${tag} ${tagName(tag, wording().short)} `, make("b", { textContent: count }));
    paint(button, tag);
    button.classList.toggle("name", isType);
    button.key = isType ? typeKey(tag) : tag;
    button.addEventListener("click", () => {
      this.#shown = this.#shown === button.key ? null : button.key;
      this.#filter();
    });
    return button;
  }

  #filter() {
    const shown = this.#shown;
    this.#result.classList.toggle("filtered", shown !== null);
    for (const element of this.#result.querySelectorAll(".word")) {
      element.classList.toggle("shown", element.keys.includes(shown));
    }
    for (const button of this.#legend.children) button.setAttribute("aria-pressed", button.key === shown);
  }

  #showTip(element) {
    const { form, pos, start, end } = element.word, tip = this.#tip;
    tip.replaceChildren(
      make("strong", { textContent: form }), ` ${pos ?? ""} ${pos ? tagName(pos, wording().short) : ""}`,
      make("br"), wording().offset(start, end), " ", confidence(element.word),
      ...(element.entities ?? []).flatMap((entity) => [make("br"), described(entity)]),
    );
    tip.hidden = false;
    const box = element.getBoundingClientRect(), tipBox = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left + box.width / 2 - tipBox.width / 2, innerWidth - tipBox.width - 8));
    const above = box.top - tipBox.height - 6;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 4 ? above : box.bottom + 6) + scrollY}px`;
  }

  hideTip() {
    this.#tip.hidden = true;
  }

  #go(step) {
    const words = [...this.#result.querySelectorAll(".word")], index = words.indexOf(this.#current);
    const next = words[step === "first" ? 0 : step === "last" ? words.length - 1 : index + step];
    if (!next) return;
    this.#current.tabIndex = -1;
    this.#current = next;
    this.#current.tabIndex = 0;
    this.#current.focus();
  }
}
