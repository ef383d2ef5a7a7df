// The engine that asks the service this page came from.

/** An entity as the page shows it: a word whose POS is its type. */
const asWord = ({ label, ...span }) => ({ ...span, pos: label });

/** Opens the engine. `askKey` asks the user for an API key when the service wants one. */
export async function open({ askKey }) {
  let key = sessionStorage.getItem("key");
  const call = async (path, options) => {
    const headers = { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
    const answer = await fetch(path, { ...options, headers });
    if (answer.status === 401) {
      key = askKey();
      if (key) {
        sessionStorage.setItem("key", key);
        return call(path, options);
      }
    }
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error.message);
    return body;
  };
  return {
    /** The words of each line, and the model that found them; `entries` are a dictionary for this request. */
    async tag(lines, signal, entries) {
      const texts = lines.map((line) => line.toWellFormed?.() ?? line);
      const body = JSON.stringify({ texts, confidence: true, ...(entries.length ? { entries } : {}) });
      const { model, results } = await call("v1/tag", { method: "POST", signal, body });
      return { model, results: results.map(({ words, spans }) => words ?? spans.map(asWord)) };
    },
    /** What the net computes for a sentence. `layer` counts from 1; null is the last one. */
    inspect: (text, layer, signal) => call("v1/inspect", { method: "POST", signal, body: JSON.stringify({ text, layer }) }),
  };
}
