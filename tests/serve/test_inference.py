"""A long answer is written in pieces, and is what it would be as a whole."""

import orjson
import pytest

from serve.inference import PIECE, TagOptions, tag_texts
from tagger.errors import InputError
from tagger.tagging.guard import Guard
from tagger.tagging.output import OutputOptions
from tagger.tagging.tagger import Tagger


@pytest.mark.parametrize("output", [OutputOptions(), OutputOptions(confidence=True), OutputOptions(sentences=True)])
def test_long_answers_are_those_of_their_words(small_tagger: Tagger, output: OutputOptions) -> None:
    text = "a b。\n" * PIECE
    answers = tag_texts(small_tagger, ["好", text, ""], TagOptions(output=output))
    words = [orjson.loads(answer) for answer in answers]
    assert [len(found) for found in words] == [1, 3 * PIECE, 0]
    assert [text[word["start"] : word["end"]] for word in words[1]] == [word["form"] for word in words[1]]
    assert [word["start"] for word in words[1]] == [5 * line + place for line in range(PIECE) for place in (0, 2, 3)]
    assert [orjson.dumps(found) for found in words] == answers
    assert all(("sentence" in word) == output.sentences for word in words[1])
    assert all(("probability" in word) == output.confidence for word in words[1])


def test_writing_stops_when_the_guard_says_so(small_tagger: Tagger) -> None:
    calls = []

    def pause() -> None:
        calls.append(1)
        if len(calls) == stop:
            raise InputError("enough")

    texts, stop = ["a b。" * PIECE], 0
    tag_texts(small_tagger.guarded(Guard(pause)), texts, TagOptions())
    stop = len(calls)  # the last pause is one between two pieces of the answer
    calls.clear()
    with pytest.raises(InputError, match="enough"):
        tag_texts(small_tagger.guarded(Guard(pause)), texts, TagOptions())
