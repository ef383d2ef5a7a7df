// Dictionary entries as users type them, one a line: `word` or `word strength[=weight] [tag]`, separated by tabs or two spaces.

/** The value of `entries` in a request to the service. */
export function parseEntries(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [word, constraint = "", tag = ""] = line.split(/\t| {2,}/).map((part) => part.trim());
    const [strength, weight] = constraint.split("=");
    return {
      word, ...(strength ? { strength } : {}), ...(weight === undefined ? {} : { weight: Number(weight) }), ...(tag ? { tag } : {}),
    };
  });
}
