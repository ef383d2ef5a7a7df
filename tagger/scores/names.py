"""What the figures of words are called, in tables and in JSON, when the words are entities."""

from typing import NamedTuple


class FigureNames(NamedTuple):
    """The names of spans whatever their tag, of spans with their tag, of those whose form train lacks, and of all spans
    of gold, in tables; and the keys of the figures in JSON whose names differ from those of `Report`."""

    spans: str
    tagged: str
    unseen: str
    items: str
    keys: dict[str, str]


WORD_FIGURES = FigureNames("words", "words + tags", "OOV words", "words", {})
ENTITY_FIGURES = FigureNames(
    "boundaries",
    "entities",
    "unseen entities",
    "entities",
    {
        "n_words": "n_entities",
        "words": "boundaries",
        "joint": "entities",
        "oov_rate": "unseen_rate",
        "oov_recall": "unseen_recall",
        "tags": "types",
        "word_f1": "boundary_f1",
        "joint_f1": "entity_f1",
    },
)
