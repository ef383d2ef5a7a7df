// The engine that runs the model file in the browser, in a worker: text never leaves the device.

import { asEntity } from "./entities.js";
import { PageError, ask } from "./service.js";

const MOST_ENTRIES = 10000, ENTRY_CHARS = 64; // of the reader's dictionary
const ROOT = new URL("../", import.meta.url);

async function load(path) {
  try {
    return await ask(new URL(path, ROOT));
  } catch (error) {
    throw error.code === "not_found" ? new PageError("no_model", error.detail) : error;
  }
}

/** Starts the worker. Returns a function that sends it a message and gives its answer. */
function startWorker() {
  const worker = new Worker(new URL("./local-worker.js", import.meta.url), { type: "module" }), waiting = [];
  let sent = 0;
  worker.addEventListener("message", ({ data: { number, value, error } }) => {
    const { resolve, reject } = waiting[number];
    delete waiting[number];
    if (error === undefined) resolve(value);
    else reject(new PageError("browser", error));
  });
  worker.addEventListener("error", ({ message }) => {
    for (const { reject } of Object.values(waiting)) reject(new PageError("browser", message ?? "the worker ended"));
  });
  return (message, transferred = []) => new Promise((resolve, reject) => {
    waiting[sent] = { resolve, reject };
    worker.postMessage({ number: sent++, ...message }, transferred);
  });
}

/** Opens the engine: fetches the description of the model, and the model, and starts the worker. */
export async function open() {
  // The head alone: the worker fetches the runtime.
  const runtime = await fetch(new URL("page/ort/ort.wasm.min.mjs", ROOT), { method: "HEAD" }).catch(() => ({ ok: false }));
  if (!runtime.ok) {
    throw new PageError("no_runtime", "expected onnxruntime-web in page/ort, found none; whoever runs this site has to install it: make page");
  }
  const description = await (await load("model/model.json")).json();
  const bytes = new Uint8Array(await (await load(`model/${description.file}`)).arrayBuffer());
  const call = startWorker();
  await call({ model: { description, bytes } }, [bytes.buffer]);
  const { model, finds, entities } = description;
  const named = ({ words, spans }) => (
    { words: finds === "spans" ? words.map(asEntity) : words, ...(spans && { spans: spans.map(asEntity) }) }
  );
  return {
    models: [{ ...model, finds, tags: description.pos, entities: entities?.pos ?? [], standards: [] }],
    limits: {
      texts: Infinity, chars: description.limits.section, body: Infinity, entries: MOST_ENTRIES, entry_chars: ENTRY_CHARS,
    },
    /** The words, or entities, or both, of each text with their probabilities, and the model that found them. `entries` are a dictionary. */
    tag: async (texts, choices, entries) => ({ model, results: (await call({ texts, entries })).map(named) }),
  };
}
