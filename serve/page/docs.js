// The forms of the API's page: each sends its request to the service that the page comes from.

const pretty = (text, type) => {
  try {
    return type.includes("application/json") ? JSON.stringify(JSON.parse(text), null, 1) : text;
  } catch {
    return text;
  }
};

for (const form of document.querySelectorAll("form[data-method]")) {
  const { path, type, body } = form.elements;
  type?.addEventListener("change", () => { body.value = type.selectedOptions[0].dataset.example; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = form.querySelector(".answer");
    const key = document.getElementById("key").value;
    const headers = { ...(type && { "Content-Type": type.value }), ...(key && { Authorization: `Bearer ${key}` }) };
    answer.textContent = "…";
    try {
      // Relative, so that it works under a proxy's prefix.
      const response = await fetch(path.value, { method: form.dataset.method, headers, body: body?.value });
      const text = await response.text();
      answer.textContent = `${response.status}\n${pretty(text, response.headers.get("Content-Type") ?? "")}`;
    } catch (error) {
      answer.textContent = `The service did not answer: ${error.message}`;
    }
  });
}
