"""What the Open Inference Protocol asks of the service, whether over HTTP (`v2`) or over gRPC (`grpc_service`)."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Self, TypeVar

from starlette.types import Receive

from tagger import __version__

from .engine import Engine
from .errors import ApiError
from .models import ServedModel
from .refusals import Json
from .terms import TERMS
from .v2_requests import InferRequest

EXTENSIONS = ("binary_tensor_data", "model_configuration", "model_repository", "statistics")
PLATFORM = "onnxruntime_onnx"
IN_THREAD = 16_384  # bytes of an answer that is written beside the event loop
Written = TypeVar("Written")
TENSOR: Json = {"datatype": "BYTES", "shape": [-1]}


@dataclass(frozen=True)
class ServerMetadata:
    """The name and version of the server, and the extensions of the protocol that it has."""

    name: str = "tagger"
    version: str = __version__
    extensions: Sequence[str] = EXTENSIONS


@dataclass(frozen=True)
class InferAnswer:
    """An element per text: the words of a text as a JSON array. `id` is that of the request."""

    model: ServedModel
    id: str | None
    elements: list[bytes]

    @property
    def texts(self) -> Iterator[str]:
        """The elements as text."""
        return (element.decode() for element in self.elements)

    def json(self, texts: Sequence[object] | None = None, *, binary_size: int = 0) -> Json:
        """The answer with the texts, or their JSON, as its data, or for binary data of that many bytes."""
        words: Json = {"name": "words", "datatype": "BYTES", "shape": [len(self.elements)]}
        words |= {"parameters": {"binary_data_size": binary_size}} if texts is None else {"data": texts}
        answer = {"model_name": self.model.name, "model_version": self.model.version, "outputs": [words]}
        return answer if self.id is None else answer | {"id": self.id}

    async def write(self, writer: Callable[[Self], Written]) -> Written:
        """What the writer makes of the answer, of a large one beside the event loop."""
        if sum(map(len, self.elements)) < IN_THREAD:
            return writer(self)
        return await asyncio.to_thread(writer, self)


class ProtocolV2:
    """The taggers of the service as the protocol sees them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.server = ServerMetadata()

    @property
    def models(self) -> list[ServedModel]:
        """The models that the protocol offers: taggers."""
        return [model for model in self._engine.catalog if model.kind == "tagger"]

    def model(self, name: str, version: str | None = None) -> ServedModel:
        """The tagger of that name. Raises ApiError when there is none, or none of that version."""
        try:
            model = self._engine.model(name)
        except ApiError as error:  # models of another kind are not there for the protocol
            raise ApiError("not_found", error.message) from None
        if version not in (None, model.version):
            raise ApiError(
                "not_found", f"expected version {model.version} of {model.name}, got {version!r:.80}; leave it out"
            )
        return model

    def metadata(self, model: ServedModel) -> Json:
        """The model's tensors."""
        return {
            "name": model.name,
            "versions": [model.version],
            "platform": PLATFORM,
            "inputs": [{"name": "text", **TENSOR}],
            "outputs": [{"name": "words", **TENSOR}],
        }

    def config(self, model: ServedModel) -> Json:
        """The model's configuration, in the terms of Triton. Requests share batches, which nobody sees."""
        tensor: Json = {"data_type": "TYPE_STRING", "dims": [-1]}
        return {
            "name": model.name,
            "platform": PLATFORM,
            "backend": "onnxruntime",
            "max_batch_size": 0,
            "input": [{"name": "text", **tensor}],
            "output": [{"name": "words", **tensor}],
            "default_model_filename": model.path.name,
        }

    def statistics(self, model: ServedModel) -> Json:
        """What the model has done since the service started; the times are those that callers waited."""
        done = self._engine.statistics[model.name]
        return {
            "name": model.name,
            "version": model.version,
            "last_inference": done.last_ms,
            "inference_count": done.n_texts,
            "execution_count": done.n_requests,
            "inference_stats": {"success": asdict(done.success), "fail": asdict(done.fail)},
            "batch_stats": [],
        }

    async def infer(self, wanted: InferRequest, receive: Receive) -> InferAnswer:
        """The words of the texts. Raises ApiError without room or time, GoneError when the caller leaves."""
        if terms := TERMS.get():
            TERMS.set(terms.changed(wanted.seconds, wanted.urgency))
        key = self._engine.tag_key(wanted.choices)
        return InferAnswer(key.model, wanted.id, await self._engine.answer(key, wanted.texts, receive))
