"""Words to JSON: each is `{"form", "pos", "start", "end"}`, its offsets in the unit asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from tagger.block import UNITS, Block, Unit
from tagger.given import Marks
from tagger.inference import Tagger

__all__ = ["UNITS", "Known", "Text", "Unit", "answers"]


@dataclass(frozen=True)
class Known:
    """A text of whose words something is known; as long as its text."""

    text: str
    given: Marks

    def __len__(self) -> int:
        return len(self.text)


Text = str | Known


def answers(tagger: Tagger, texts: Sequence[Text], unit: Unit) -> list[bytes]:
    """The words of every text as a JSON array: the one place where the service calls the tagger."""
    given = [text.given if isinstance(text, Known) else () for text in texts]
    spans = tagger.spans(Block.of(text.text if isinstance(text, Known) else text for text in texts), given)
    starts, ends = (column.tolist() for column in spans.offsets(unit))
    names = tagger.model.scheme.pos or (None,)
    words = [
        {"form": form, "pos": names[pos], "start": start, "end": end}
        for form, pos, start, end in zip(spans.forms(), spans.pos.tolist(), starts, ends, strict=True)
    ]
    firsts = spans.firsts.tolist()
    return [orjson.dumps(words[a:b]) for a, b in pairwise(firsts)]
