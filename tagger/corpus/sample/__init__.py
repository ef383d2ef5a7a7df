"""A small annotated Chinese corpus that comes with the package: see README.md beside this file."""

from pathlib import Path

from tagger.errors import CorpusError

SPLITS = ("train", "dev", "test")
EXTRA = "ambiguous"  # more sentences to train on, in no split

FOLDER = Path(__file__).parent


def path(split: str) -> Path:
    """The CoNLL-U file of a split (`train`, `dev` or `test`) or of `ambiguous`. Raises CorpusError for another name."""
    if split not in {*SPLITS, EXTRA}:
        raise CorpusError(
            f"expected a file of the sample corpus ({', '.join([*SPLITS, EXTRA])}), got {split!r}; give one of them"
        )
    return FOLDER / f"{split}.conllu"
