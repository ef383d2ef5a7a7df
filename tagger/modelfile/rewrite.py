"""Other metadata in a model file, without the `onnx` package: the rest of the file stays as it is."""

from pathlib import Path

from ..errors import ExportError, ModelError
from ..files.atomic import publishing
from .metadata import METADATA_KEY, Metadata, to_json
from .protobuf import replace_property
from .session import open_file, reading


def rewrite(path: str | Path, output: str | Path, metadata: Metadata) -> None:
    """Write a copy of a model file with other metadata to `output`, which may be the file itself.

    The copy appears whole or not at all, once it opens. Raises ModelError when `path` is no model file, and ExportError
    when the copy cannot be written.
    """
    try:
        model = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: expected a model file, cannot read it ({error}); correct the path") from error
    with reading(path):
        model = replace_property(model, METADATA_KEY, to_json(metadata))
    try:
        with publishing(output) as temporary:
            temporary.write_bytes(model)
            open_file(temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
