"""A small annotated Chinese corpus that comes with the package: see README.md beside this file."""

from pathlib import Path

from tagger.errors import CorpusError

SPLITS = ("train", "dev", "test")
EXTRA = "ambiguous"  # more sentences to train on, in no split
EXTRA_DEV = "ambiguous_dev"  # such that are kept from training, to choose models on
FILES = (*SPLITS, EXTRA, EXTRA_DEV)

FOLDER = Path(__file__).parent


def path(split: str) -> Path:
    """The CoNLL-U file of one of `FILES`. Raises CorpusError for another name."""
    if split not in FILES:
        raise CorpusError(f"expected a file of the sample corpus ({', '.join(FILES)}), got {split!r}; give one of them")
    return FOLDER / f"{split}.conllu"
