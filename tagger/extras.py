"""Packages that only some parts of the project need, and the extra of pyproject.toml that brings each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from .errors import MissingExtraError

# By the module that is imported.
EXTRAS = {
    **dict.fromkeys(
        ("torch", "lightning", "hydra", "omegaconf", "torchmetrics", "onnx", "tensorboard"),
        "train",
    ),
    **dict.fromkeys(
        ("starlette", "uvicorn", "httptools", "orjson", "jsonschema_rs", "prometheus_client"),
        "serve",
    ),
    **dict.fromkeys(("grpc", "google.protobuf"), "grpc"),
    "opentelemetry": "otel",
    **dict.fromkeys(("ray", "fsspec"), "ray"),
    "rich": "inspect",
    "gensim": "pretrain",
    "matplotlib": "plot",
    "transformers": "encoder",
    "zstandard": "zstd",
    "daachorse": "dictionary",
    "re2": "patterns",
    "pyarrow": "parquet",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "optuna": "search",
    "shtab": "completion",
}
# Packages whose modules have other names. Many projects share `opentelemetry` and `google`: a part may be there.
_PACKAGES = {
    "re2": "google-re2",
    "grpc": "grpcio",
    "google.protobuf": "protobuf",
    "opentelemetry": "opentelemetry-exporter-otlp-proto-http",
}


def describe_missing(error: ModuleNotFoundError) -> str | None:
    """What to install for a module that an extra brings; None for any other module."""
    required = re.match(r"Requirement '([\w-]+)", str(error))  # Lightning's words
    return describe_module(error.name or (required[1] if required else ""))


def describe_module(name: str, purpose: str = "") -> str | None:
    """What to install for a module that is missing and that an extra brings; None for any other module."""
    top = name.partition(".")[0]
    if top == "google":
        name = "google.protobuf"
    elif top == "opentelemetry" or not is_installed(top):
        name = top
    extra = EXTRAS.get(name)
    wanted = f"{_PACKAGES.get(name, name)}{purpose and f' for {purpose}'}"
    # pip takes the hantagger that is installed, from a clone or a wheel, so that no index needs to have it.
    install = f"pip install 'hantagger[{extra}]' adds it to this installation"
    return extra and f"expected {wanted}, which is not installed; {install}"


def is_installed(name: str) -> bool:
    """Whether a module can be found, without importing it; the packages that it lies in are imported."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # one of these packages
        return False


@contextmanager
def needed_for(purpose: str, otherwise: str = "") -> Iterator[None]:
    """Raises MissingExtraError, which names the extra, when a module that it brings cannot be imported in this block.

    `otherwise` says what one may do without it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        message = describe_module(error.name or "", purpose)
        if message is None or isinstance(error, MissingExtraError):
            raise
        raise MissingExtraError(message + otherwise) from None
