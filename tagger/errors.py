"""What can go wrong for a user: each message says what was wanted, what came and what to do."""


class TaggerError(Exception):
    """Base of every error that is a user's to mend; anything else that escapes is a bug."""


class CorpusError(TaggerError):
    """A corpus file or folder cannot be read as what it was said to be."""


class InputError(TaggerError):
    """Text given to a tagger cannot be tagged (bad bytes, wrong type, unreadable file)."""


class ModelError(TaggerError):
    """A model file or checkpoint is missing, damaged, foreign or of another version."""


class ExportError(TaggerError):
    """A checkpoint could not be turned into a model file that gives the same answers."""


class UsageError(TaggerError):
    """A command line asks for what there is not; a command that refuses it ends with status 2."""
