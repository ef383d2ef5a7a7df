// Words from the service that sent this page.

/** Opens the engine. `askKey` gives the user's API key when the service wants one. */
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
    /** Per line its words, and the model that found them; `entries` are a dictionary for this time. */
    async tag(lines, signal, entries) {
      const texts = lines.map((line) => line.toWellFormed?.() ?? line);
      const body = JSON.stringify({ texts, confidence: true, ...(entries.length ? { entries } : {}) });
      const { model, results } = await call("v1/tag", { method: "POST", signal, body });
      return { model, results: results.map((result) => result.words) };
    },
    /** What the net computes for a sentence; `layer` counts from 1, null for the last. */
    inspect: (text, layer, signal) => call("v1/inspect", { method: "POST", signal, body: JSON.stringify({ text, layer }) }),
  };
}
