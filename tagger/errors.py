"""The errors that a user can correct. Each message says what was expected, what came, and what to do."""


class TaggerError(Exception):
    """The base of all errors that a user can correct. Any other exception is a bug."""


class CorpusError(TaggerError):
    """A corpus cannot be read or written in its format."""


class InputError(TaggerError):
    """A text cannot be tagged, or an option or a file is not as it should be."""


class ModelError(TaggerError):
    """A model file or a checkpoint is missing or damaged, or of another program or version."""


class ExportError(TaggerError):
    """A checkpoint cannot be exported as a model file that gives the same answers."""


class MissingExtraError(TaggerError, ModuleNotFoundError):
    """A package is not installed that one of the project's extras brings; the message names the extra."""


class UsageError(TaggerError):
    """A command line is wrong; the command ends with status 2."""
