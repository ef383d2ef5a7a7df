"""The same model behind LitServe; in a module of its own, which its workers import."""

from typing import Any

import litserve
from peer import words

from tagger.tagging.tagger import Tagger, load


class Api(litserve.LitAPI):
    """A LitAPI with one worker; with `max_batch_size` over 1, LitServe's own batching."""

    model: str

    def setup(self, device: str) -> None:
        self.tagger: Tagger = load(self.model)

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # a type would make it a query parameter
        return request["texts"]

    def predict(self, x: Any) -> Any:
        if self.max_batch_size == 1:
            return list(self.tagger.tag(x))
        found = self.tagger.tag(text for texts in x for text in texts)
        return [[next(found) for _ in texts] for texts in x]

    def encode_response(self, output: Any) -> Any:
        return {"results": [words(sentence) for sentence in output]}


def serve(model: str, port: int, *, batch: int) -> None:
    """Until told to stop; the workers outlive a SIGTERM, so end the whole process group."""
    api = Api(max_batch_size=batch, batch_timeout=0.005 if batch > 1 else 0.0, api_path="/v1/tag")
    api.model = model
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(port=port, generate_client_file=False, log_level="warning")
