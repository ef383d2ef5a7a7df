"""What can be said of the files of a service before any of them is loaded, so that a wrong start ends at once."""

from pathlib import Path

from tagger.errors import InputError, ModelError
from tagger.modelfile import shipped

from .keys import read_keys
from .settings import Settings


def check_files(settings: Settings) -> None:
    """Raises ModelError for a model file that is not there, InputError for such a dictionary or patterns, and
    SettingsError for a file of keys that cannot be used. Pipes are not read, because they can be read only once."""
    for model in settings.models.values():
        if not model.is_file():
            raise ModelError(shipped.describe_missing(model))
    for path in (*settings.dictionaries.values(), *settings.pattern_files.values()):
        if not path.exists():
            raise InputError(f"{path}: expected a file, found none; correct the path")
    keys = Path(settings.api_keys_file)
    if settings.api_keys_file and (keys.is_file() or keys.is_dir() or not keys.exists()):
        read_keys(keys)
