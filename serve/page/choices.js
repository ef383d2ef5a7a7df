// What the reader may choose: a model, its standard, a dictionary and patterns of the service, and the kind of answer.

import { wording } from "./wording.js";

const NAMES = ["model", "standard", "dictionary", "patterns"];
const select = (name) => document.getElementById(`choose-${name}`);

const MODES = ["words", "sentences", "alternatives", "search"], OF_WORDS = ["alternatives", "search"];

/** The choices of an engine's models. A page without the elements for them has none. */
export class Choices {
  #engine = null;
  #wanted; // the values to choose as soon as they are offered

  constructor(onChange) {
    this.#wanted = {};
    for (const name of [...NAMES, "mode"]) {
      select(name)?.addEventListener("change", () => {
        this.#wanted = {};
        if (name === "model") this.#offerStandards();
        onChange();
      });
    }
  }

  /** Offers what the engine has. */
  offer(engine) {
    this.#engine = engine;
    if (!select("model")) return;
    fill("model", engine.models.map(({ name }) => name));
    fill("dictionary", engine.dictionaries, wording().none);
    fill("patterns", engine.patterns, wording().none);
    for (const name of ["model", "dictionary", "patterns"]) choose(name, this.#wanted[name]);
    this.#offerStandards();
    choose("standard", this.#wanted.standard);
    document.getElementById("choices").hidden = false;
  }

  #offerStandards() {
    fill("standard", this.model?.standards ?? []);
    this.#offerModes();
  }

  /** Of a model of names there are no alternatives and no words to search. */
  #offerModes() {
    const mode = select("mode");
    if (!mode) return;
    const chosen = mode.value || this.#wanted.mode, areNames = this.model?.finds === "spans";
    const offered = MODES.filter((name) => !areNames || !OF_WORDS.includes(name));
    mode.replaceChildren(...offered.map((name) => new Option(wording().modes[name], name)));
    choose("mode", chosen);
  }

  /** Names the options in the reader's language. */
  translate() {
    if (!select("mode")) return;
    this.#offerModes();
    for (const name of ["dictionary", "patterns"]) {
      if (select(name).options.length) select(name).options[0].textContent = wording().none;
    }
  }

  /** The chosen model; undefined before the engine is open. */
  get model() {
    const { models = [] } = this.#engine ?? {}, name = select("model")?.value;
    return models.find((model) => model.name === name) ?? models[0];
  }

  /** The mode, and the names that were chosen; a choice among one is none. */
  get value() {
    const named = NAMES.map((name) => [name, select(name)?.value]).filter(([name, value]) => value && select(name).options.length > 1);
    return { mode: select("mode")?.value || "words", ...Object.fromEntries(named) };
  }

  /** Chooses these values, now or when they are offered, and the first of what has no value here. */
  set value(values) {
    for (const name of [...NAMES, "mode"]) if (select(name)) select(name).selectedIndex = 0;
    this.#wanted = values;
    choose("mode", values.mode);
    if (this.#engine) this.offer(this.#engine);
  }
}

/** Fills a select, which hides where there is nothing to choose. `none` names a first option, to choose none. */
function fill(name, values, none = null) {
  const options = values.map((value) => new Option(value, value));
  if (none !== null) options.unshift(new Option(none, ""));
  const chosen = select(name).value;
  select(name).replaceChildren(...options);
  choose(name, chosen);
  select(name).closest("label").hidden = options.length < 2;
}

function choose(name, value) {
  const options = [...(select(name)?.options ?? [])];
  if (options.some((option) => option.value === value)) select(name).value = value;
}
