"""Which words are kept, by their tags and by a list of stop words: of spans, of words, and by the command."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tagger.errors import InputError
from tagger.tag import main
from tagger.tagging.confidence import RatedSpans
from tagger.tagging.tagger import Tagger
from tagger.tagging.word_filter import WordFilter, read_stop_words
from tagger.text.block import Block, Spans
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence, Word

CASES = Path(__file__).parent / "cases" / "word_filter.tsv"
ROWS = [row.split("\t") for row in CASES.read_text(encoding="utf-8").splitlines() if not row.startswith("# ")]
TEXTS = ["我喜欢北京。", "", "今天 天气很好！", "。"]


def words_of(line: str) -> list[Word]:
    pairs = [item.rpartition("/") for item in line.split()]
    starts = np.cumsum([0, *(len(form) + 1 for form, _, _ in pairs)]).tolist()
    return [Word(form, tag, start, start + len(form)) for (form, _, tag), start in zip(pairs, starts, strict=False)]


@pytest.mark.parametrize(("found", "pos", "stop_words", "wanted"), ROWS)
def test_the_words_that_are_kept(found: str, pos: str, stop_words: str, wanted: str) -> None:
    word_filter, words = WordFilter(tuple(pos.split()), frozenset(stop_words.split())), words_of(found)
    assert [word.form for word in word_filter.words(words)] == wanted.split()
    names = sorted({str(word.pos) for word in words})
    block = Block.of([" ".join(word.form for word in words), ""])
    starts, ends = (np.array([word[i] for word in words]) for i in (2, 3))
    spans = Spans.of(block, starts, ends, np.array([names.index(str(word.pos)) for word in words]))
    rates = np.linspace(0, 1, len(words))
    rated = RatedSpans(**vars(spans), probability=rates, span_probability=rates)
    for some in (spans, rated):
        chosen = word_filter.choose(some, names)
        assert chosen.forms() == wanted.split()
        assert chosen.firsts.tolist() == [0, len(wanted.split()), len(wanted.split())]
    kept = np.isin(starts, word_filter.choose(rated, names).starts)
    assert word_filter.choose(rated, names).probability.tolist() == rates[kept].tolist()


def test_a_list_of_stop_words(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_bytes("的\r\n\r\n # \n了 \n".encode("gb18030"))
    assert read_stop_words(path, encoding="gb18030") == {"的", "#", "了"}
    with pytest.raises(InputError, match=r"stop\.txt:1: expected UTF-8, got byte 0xb5"):
        read_stop_words(path)


def kept(sentence: Sentence, stop_word: str) -> list[Word]:
    return [word for word in sentence.words if word.pos in ("NOUN", "X") and word.form != stop_word]


@pytest.mark.parametrize("sentences", [[], ["--sentences"]])
def test_the_command_writes_these_words_alone(
    small_model: Path, small_tagger: Tagger, tmp_path: Path, sentences: list[str]
) -> None:
    found = list(small_tagger.tag(TEXTS))
    stop_word = next(word.form for sentence in found for word in sentence.words if word.pos == "NOUN")
    wanted = [kept(sentence, stop_word) for sentence in found]
    assert 0 < sum(map(len, wanted)) < sum(len(sentence.words) for sentence in found)
    raw, stop, output = tmp_path / "raw.txt", tmp_path / "stop.txt", tmp_path / "out"
    raw.write_text("\n".join(TEXTS), encoding="utf-8")
    stop.write_text(stop_word, encoding="utf-8")
    call = ["-m", str(small_model), str(raw), "--pos", "NOUN,X", "--stop-words", str(stop), "-o", str(output)]
    lines = [[f"{word.form}/{word.pos}" for word in words] for words in wanted]
    assert main([*call, "--format", "slash", *sentences]) == 0
    assert output.read_text(encoding="utf-8").split("\n") == [*map(" ".join, lines), ""]
    assert main([*call, "--format", "segmented", "--min-confidence", "1", *sentences]) == 0
    doubtful = output.read_text(encoding="utf-8")
    assert doubtful.count("/?") > 3
    forms = [" ".join(word.form for word in words) for words in wanted]
    assert doubtful.replace("/?", "").split("\n") == [*forms, ""]
    assert main([*call, "--format", "jsonl", *sentences]) == 0
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == TEXTS
    assert [[Word(**word) for word in row["words"]] for row in rows] == wanted
    if not sentences:
        assert main([*call, "--format", "parquet"]) == 0
        assert [[Word(**word) for word in row["words"]] for row in pq.read_table(output).to_pylist()] == wanted


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "conllu", "--pos", "X"], "expected another format for some words of a text without the others"),
        (["--nbest", "2", "--pos", "X"], "expected --nbest or some words of each text, got both; leave one"),
        (["--pos", "NOUN,ADJ"], "expected tags that the model has (NOUN, VERB, X), got 'ADJ'; correct the tags"),
        (["--stop-words", "no.txt"], "no.txt"),
    ],
)
def test_what_is_refused(
    small_model: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["-m", str(small_model), __file__, *options]) == 1
    assert message in capsys.readouterr().err


def test_a_model_without_tags_has_none_to_keep() -> None:
    with pytest.raises(InputError, match=r"expected tags that the model has \(none at all\), got 'NOUN'"):
        WordFilter(("NOUN",)).check(Scheme())
