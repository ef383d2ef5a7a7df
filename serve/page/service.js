// Requests to the service that the page came from, the reader's key, and what can go wrong.

/** What went wrong: a code, which `wording.js` explains in the reader's language, and detail in English. `wait` is the
 * number of seconds after which to ask again. */
export class PageError extends Error {
  constructor(code, detail = "", wait = 0) {
    super(detail || code);
    this.code = code;
    this.detail = detail;
    this.wait = wait;
  }

  /** The error itself if it is one of these, or else a failure of the browser. */
  static of(error) {
    return error instanceof PageError ? error : new PageError("browser", error.message);
  }
}

/** Keeps the key for this tab of the browser. */
export const keepKey = (key) => sessionStorage.setItem("key", key);

/** The answer of the service to a request; the path is relative, so it works under a proxy's prefix. Throws a PageError. */
export async function ask(path, options = {}) {
  const key = sessionStorage.getItem("key");
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) } });
  } catch (error) {
    throw error.name === "AbortError" ? error : new PageError("unreachable", error.message);
  }
  if (answer.ok) return answer;
  const wait = Number(answer.headers.get("Retry-After")) || 1;
  const fault = await answer.json().then((body) => body.error, () => null);
  throw new PageError(fault?.code ?? "unreadable", fault?.message ?? `${answer.status} ${answer.statusText}`, wait);
}

/** The JSON that answers a JSON body. */
export async function post(path, body, signal) {
  const options = { method: "POST", signal, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return (await ask(path, options)).json();
}
