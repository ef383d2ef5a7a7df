"""A small annotated Chinese corpus that comes with the package: see README.md beside this file."""

from pathlib import Path

from tagger.errors import CorpusError

SPLITS = ("train", "dev", "test")

FOLDER = Path(__file__).parent


def path(split: str) -> Path:
    """The CoNLL-U file of a split: `train`, `dev` or `test`. Raises CorpusError for another name."""
    if split not in SPLITS:
        raise CorpusError(
            f"expected a split of the sample corpus ({', '.join(SPLITS)}), got {split!r}; give one of them"
        )
    return FOLDER / f"{split}.conllu"
