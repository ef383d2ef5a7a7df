"""Corpora: every format gives back what was written, plain or compressed, from a file or a folder."""

import gzip
import io
import lzma
from pathlib import Path

import pytest
import zstandard
from corpus_files import ROW, back
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.corpus.formats import FORMATS
from tagger.errors import CorpusError
from tagger.files.lines import lines
from tagger.text.sentence import WHITESPACE, Sentence, Word

SPACES = st.text(sorted(WHITESPACE - {"\n"}), max_size=3)
TAGS = st.sampled_from(["NOUN", "VERB", "X"])
CHARS = st.characters(exclude_characters=sorted(WHITESPACE), exclude_categories=["Cs"])
FORMS = st.text(CHARS, min_size=1, max_size=5) | st.sampled_from(
    ["a/b", "http://x.cn/", "👨‍👩‍👧", "é́", "\x00", "𠮷", "#", "\ufeff", "_", "+", "|", "\x1c", "臺灣", "\u200b"]
)
# What CoNLL-U can hold and a line of words cannot.
ANY_SPACES = st.text(sorted(WHITESPACE), max_size=3)
ANY_FORMS = FORMS | st.text(CHARS | st.sampled_from(sorted(WHITESPACE - {"\t", "\n"})), min_size=1, max_size=4)
COMMENTS = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=5).map("# {}".format)


@st.composite
def sentences(draw: st.DrawFn, forms: st.SearchStrategy[str] = FORMS, *, tagged: bool = True) -> Sentence:
    found = draw(st.lists(forms, max_size=6))
    tags = [draw(TAGS) if tagged else None for _ in found]
    gaps = draw(st.lists(SPACES, min_size=len(found) + 1, max_size=len(found) + 1))
    return Sentence.from_forms(found, tags, gaps=gaps)


def written_text(written: list[Sentence], format: str) -> str:
    stream = io.StringIO()
    corpus.write(written, stream, format=format)
    return stream.getvalue()


@st.composite
def treebank_sentences(draw: st.DrawFn) -> Sentence:
    plain = draw(sentences(ANY_FORMS))
    gaps = [draw(ANY_SPACES) for _ in range(len(plain.words) + 1)]
    comments = [c for c in draw(st.lists(COMMENTS, max_size=2)) if not c.startswith(("# text =", "# spaces ="))]
    return Sentence.from_forms(plain.forms, plain.tags, gaps=gaps, comments=comments)


@given(st.lists(treebank_sentences(), max_size=3))
def test_conllu_and_jsonl_give_back_everything(
    tmp_path_factory: pytest.TempPathFactory, written: list[Sentence]
) -> None:
    tmp = tmp_path_factory.mktemp("corpus")
    for format in ("conllu", "jsonl"):
        text = "".join(corpus.format_sentence(sentence, format) for sentence in written)
        assert back(tmp, text, f"x.{format}") == written


@given(sentences(st.just("a b\u3000c")))
def test_conllu_keeps_words_that_hold_spaces(tmp_path_factory: pytest.TempPathFactory, written: Sentence) -> None:
    text = corpus.format_sentence(written, "conllu")
    assert back(tmp_path_factory.mktemp("corpus"), text, "x.conllu") == [written]


@given(st.lists(sentences().filter(lambda s: bool(s.words)), max_size=3))
def test_line_formats_give_back_words_and_spaces(
    tmp_path_factory: pytest.TempPathFactory, written: list[Sentence]
) -> None:
    tmp = tmp_path_factory.mktemp("corpus")
    for format in ("slash", "underscore"):
        text = written_text(written, format)
        assert back(tmp, text, "x.txt", format=format, spaces="exact") == written
        collapsed = back(tmp, text, "x.txt", format=format)
        assert [s.forms for s in collapsed] == [s.forms for s in written]
    found = back(tmp, written_text(written, "segmented"), "x.txt", format="segmented", spaces="exact")
    assert [(s.text, s.forms) for s in found] == [(s.text, s.forms) for s in written]
    found = back(tmp, written_text(written, "columns"), "x.tsv")
    assert [(s.forms, s.tags) for s in found] == [(s.forms, s.tags) for s in written]


@given(sentences(st.text(CHARS, min_size=1)))
def test_lone_surrogates_survive_jsonl(tmp_path_factory: pytest.TempPathFactory, sentence: Sentence) -> None:
    written = Sentence.from_forms(["\ud800", *sentence.forms], ["X", *sentence.tags])
    text = corpus.format_sentence(written, "jsonl")
    assert back(tmp_path_factory.mktemp("corpus"), text, "x.jsonl") == [written]


CONLLU = """# sent_id = 1
# text = 给我them 们 吧
1\t给\t_\tVERB\tVV\t_\t_\t_\t_\tSpaceAfter=No
2\t我\t_\tPRON\tPN\t_\t_\t_\t_\tSpaceAfter=No
3-4\tthem\t_\t_\t_\t_\t_\t_\t_\t_
3\tthe\t_\tDET\tD\t_\t_\t_\t_\t_
4\tm\t_\tPRON\tP\t_\t_\t_\t_\t_
4.1\tghost\t_\tX\tX\t_\t_\t_\t_\t_
5\t们 吧\t_\tPART\tU\t_\t_\t_\t_\t_
"""


def test_conllu_details(tmp_path: Path) -> None:
    (sentence,) = back(tmp_path, "\ufeff" + CONLLU.replace("\n", "\r\n"), "x.conllu")
    assert sentence.text == "给我them 们 吧"
    assert sentence.forms == ("给", "我", "them", "们 吧")
    assert sentence.tags == ("VERB", "PRON", "DET+PRON", "PART")
    assert sentence.comments == ("# sent_id = 1",)
    assert back(tmp_path, CONLLU, "x.conllu", tag="xpos")[0].tags == ("VV", "PN", "D+P", "U")
    assert back(tmp_path, CONLLU, "x.conllu", tag="none")[0].tags == (None,) * 4


def test_formats_that_people_bring(tmp_path: Path) -> None:
    sighan = "\u3000\u3000他  来到\u3000北京  。\r\n\r\n好  。"
    assert [s.text for s in back(tmp_path, sighan, "pku.utf8")] == ["他来到北京。", "好。"]
    columns = "他\tPN\tPRON\n来\tVV\tVERB\n\n好\tVA\tADJ\n"
    assert [s.tags for s in back(tmp_path, columns, "x.tsv", tag="3")] == [("PRON", "VERB"), ("ADJ",)]
    assert [s.tags for s in back(tmp_path, columns, "x.tsv")] == [("PN", "VV"), ("VA",)]
    loose = '{"words": ["好", "吧"], "tags": ["ADJ", "PART"]}\n\n'
    assert back(tmp_path, loose, "x.jsonl") == [Sentence.from_forms(["好", "吧"], ["ADJ", "PART"])]
    assert back(tmp_path, loose, "x.jsonl", tag="none")[0].tags == (None, None)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_compression_by_name_both_ways(tmp_path: Path, suffix: str) -> None:
    written = [Sentence.from_forms(["我", "来", "了"], ["PRON", "VERB", "PART"])] * 3
    path = tmp_path / f"x.slash{suffix}"
    corpus.write(written, path)
    assert list(corpus.read(path)) == written
    packers = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.ZstdCompressor().compress}
    path.write_bytes(packers[suffix]("我/PRON 来/VERB 了/PART\n".encode()))
    assert list(corpus.read(path)) == written[:1]
    if suffix:
        path.write_bytes(path.read_bytes() * 2)  # both frames of a file made by `cat`
        assert list(corpus.read(path)) == written[:2]
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(CorpusError, match=r"x\.slash.*cannot be read"):
            list(corpus.read(path))
        path.write_bytes(b"plain text")
        with pytest.raises(CorpusError, match=r"x\.slash.*cannot be read"):
            list(corpus.read(path))


def test_a_folder_is_its_files_in_order(tmp_path: Path) -> None:
    for name, text in (("b.seg", "二"), ("a.seg", "一"), ("c.md", "三")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [s.text for s in corpus.read(tmp_path)] == ["一", "二"]
    assert written_text(list(corpus.read(tmp_path)), "segmented") == "一\n二\n"


def test_a_folder_is_of_one_format(tmp_path: Path) -> None:
    for name, text in (("a.seg", "一"), (".tmp-b.seg", "半"), ("c.conllu", ROW)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"one format, got segmented \(a\.seg\), conllu \(c\.conllu\); give format="):
        list(corpus.read(tmp_path))
    assert [s.text for s in corpus.read(tmp_path, format="segmented")] == ["一"]
    assert [s.text for s in corpus.read(tmp_path, format="conllu")] == ["我"]


def test_an_empty_file_yields_nothing(tmp_path: Path) -> None:
    for format in (name for name, known in FORMATS.items() if known.read):
        assert back(tmp_path, "", "x", format=format) == []
        assert back(tmp_path, "\n\n", "x", format=format) == []


def test_a_separator_of_data_is_a_word(tmp_path: Path) -> None:
    assert [s.forms for s in back(tmp_path, "\x1c\n", "x.seg")] == [("\x1c",)]


def test_only_line_feeds_end_lines() -> None:
    text = "a\rb\x85c\u2028d\x0be\r\n\nf"
    assert [line.text for line in lines(io.BytesIO(text.encode()))] == ["a\rb\x85c\u2028d\x0be\r", "", "f"]


def test_the_text_of_conllu_outweighs_its_misc(tmp_path: Path) -> None:
    rows = ROW[:-2] + "SpacesAfter=\\u00A0\n" + ROW.replace("1", "2")  # as UD English-EWT escapes it
    assert back(tmp_path, "# text = 我\xa0我\n" + rows, "x.conllu")[0].gaps == ("", "\xa0", "")


def test_words_of_spaces_keep_their_place_in_conllu(tmp_path: Path) -> None:
    written = Sentence("x  ", (Word("x", "X", 0, 1), Word(" ", "X", 2, 3)))
    assert back(tmp_path, corpus.format_sentence(written, "conllu"), "x.conllu") == [written]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.seg", "我 爱\n\n \n你 来\n他 去", [1, 4, 5]),
        ("a.conllu", "\n# text = 我\n1\t我\t_\tX\t_\t_\t_\t_\t_\t_\n\n\n1\t你\t_\tX\t_\t_\t_\t_\t_\t_\n", [2, 6]),
        ("a.tsv", "我\tX\n爱\tX\n\n你\tX\n", [1, 4]),
        ("a.iob2", "我\tO\n\n北\tB-LOC\n京\tI-LOC\n", [1, 0]),
    ],
)
def test_sentences_come_with_the_line_at_which_they_begin(
    name: str, text: str, lines: list[int], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    tag = "2" if name.endswith(("tsv", "iob2")) else "upos"
    found = list(corpus.read_located(tmp_path / name, tag=tag))
    assert [(place.number, place.line) for place in found] == list(enumerate(lines, 1))
    assert [place.sentence for place in found] == list(corpus.read(tmp_path / name, tag=tag))
    assert {place.file for place in found} == {str(tmp_path / name)}
