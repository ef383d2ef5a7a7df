"""What the Open Inference Protocol asks of the service, whether over HTTP (`v2`) or over gRPC (`grpc_service`)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self, TypeVar

from starlette.types import Receive

from tagger import __version__

from .engine import Engine
from .errors import ApiError
from .inference import arrays_of
from .models import ServedModel
from .refusals import Json, wrong_value
from .terms import TERMS
from .v2_requests import OUTPUTS, InferRequest

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
    """A fragment of `inference.tag_texts` per text, for tensors: the names of `outputs`, each with whether its data are
    binary. `id` is that of the request."""

    model: ServedModel
    id: str | None
    fragments: list[bytes]
    outputs: Mapping[str, bool]

    def elements(self, output: str) -> list[bytes]:
        """The elements of a tensor: a JSON array per text."""
        number = OUTPUTS.index(output)
        return [arrays_of(fragment)[number] for fragment in self.fragments]

    def json(self, contents: Mapping[str, Json]) -> Json:
        """The answer with what each tensor holds besides its name, type and shape."""
        tensor = {"datatype": "BYTES", "shape": [len(self.fragments)]}
        outputs = [{"name": name, **tensor, **content} for name, content in contents.items()]
        answer = {"model_name": self.model.name, "model_version": self.model.version, "outputs": outputs}
        return answer if self.id is None else answer | {"id": self.id}

    async def write(self, writer: Callable[[Self], Written]) -> Written:
        """What the writer makes of the answer, of a large one beside the event loop."""
        if sum(map(len, self.fragments)) < IN_THREAD:
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
            "outputs": [{"name": name, **TENSOR} for name in _outputs(model)],
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
            "output": [{"name": name, **tensor} for name in _outputs(model)],
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
        """What the request asks for of the texts. Raises ApiError for an output that is not there, and without room or
        time, GoneError when the caller leaves."""
        if terms := TERMS.get():
            TERMS.set(terms.changed(wanted.seconds, wanted.urgency))
        key = self._engine.tag_key(wanted.choices, entities=not wanted.outputs or OUTPUTS[1] in wanted.outputs)
        offered = _outputs(key.model)[: 1 if wanted.choices.output.nbest else None]
        outputs = wanted.outputs or dict.fromkeys(offered, wanted.binary)
        if missing := [name for name in outputs if name not in offered]:
            remedy = "alternatives are of words alone" if wanted.choices.output.nbest else "see /v2/models/NAME"
            raise wrong_value(f'{" or ".join(offered)} in "outputs"', missing[0], f"leave it out; {remedy}")
        return InferAnswer(key.model, wanted.id, await self._engine.answer(key, wanted.texts, receive), outputs)


def _outputs(model: ServedModel) -> Sequence[str]:
    """The names of a model's output tensors."""
    return OUTPUTS if model.tagger.entity_tagger else OUTPUTS[:1]
