"""Faults of corpora: every one is placed, and what a format cannot hold is not written."""

import io
from pathlib import Path

import pytest
from corpus_files import ROW, back

from tagger import corpus
from tagger.corpus.formats import FORMATS
from tagger.errors import CorpusError, InputError
from tagger.files.lines import lines
from tagger.text.sentence import Sentence

WORD = '{"form": "好", "pos": "X", "start": 0, "end": 1}'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "x.slash",
            "我/PRON\n我 银行",
            r"x\.slash:2: expected word/POS, got '我'; use format=segmented for untagged text",
        ),
        ("x.slash", "我/PRON\n我/PRON 银行", r"x\.slash:2: .* got '银行': this word has no tag; write 银行/TAG"),
        ("x.slash", "我/PRON 银行/", r"x\.slash:1: .* got '银行/': this word has no tag; write 银行/TAG"),
        ("x.slash", "我/PRON /NOUN", r"x\.slash:1: .* got '/NOUN': the tag 'NOUN' has no word"),
        ("x.slash", "/PRON", r"x\.slash:1: expected word/POS"),
        (
            "x.slash",
            "我／PRON 爱／VERB",
            r"x\.slash:1: .* got '我／PRON': its ／ is full-width; write 我/PRON, and so in all",
        ),
        ("x.slash", "我/PRON 爱／VERB", r"x\.slash:1: .* got '爱／VERB': its ／ is full-width; write 爱/VERB"),
        ("x.slash", "我/PRON ／", r"x\.slash:1: .* got '／': this word has no tag; write ／/TAG"),
        ("x.seg", "我＿PN 爱＿VV " * 5, r"x\.seg: expected format segmented, got a file of format underscore"),
        ("x.slash", "我/PRON 你／好/", r"x\.slash:1: .* got '你／好/': this word has no tag; write 你／好/TAG"),
        ("x.tsv", "我\t＿\n", r"x\.tsv:1: .* in column 2, got '＿', a full-width _, which is no tag; use tag=NUMBER"),
        (
            "x.conllu",
            ROW.replace("X", "＿"),
            r"x\.conllu:1: .* UPOS, got none on '我', a full-width _, which is no tag; use tag=",
        ),
        ("x.jsonl", '{"words": 3}', r"x\.jsonl:1: .*fault"),
        ("x.jsonl", "{\n", r"x\.jsonl:1: expected a JSON object, got an error at column"),
        ("x.jsonl", " [", r"x\.jsonl:1: .* an array; write its objects on lines of their own: jq -c '\.\[\]'"),
        ("x.jsonl", "[]", r"x\.jsonl:1: .*fault"),
        ("x.jsonl", f'{{"text": "好吧", "words": [{WORD}]}}', r"x\.jsonl:1: .*outside every word"),
        ("x.jsonl", '{"words": "ab"}', r"x\.jsonl:1: .*'ab' is not a list"),
        (
            "x.jsonl",
            '{"words": ["a"], "tags": [3]}',
            r"x\.jsonl:1: expected names of tags in tags, got numbers \(\[3\]\)",
        ),
        ("x.jsonl", '{"words": ["a"], "tags": [3.5]}', r"x\.jsonl:1: .*3.5 is not str"),
        ("x.jsonl", '{"text": "a", "words": [], "comments": "b"}', r"x\.jsonl:1: .*'b' is not a list"),
        (
            "x.jsonl",
            '{"text": "a", "words": [{"form": "a", "start": "0", "end": 1.7}]}',
            r"x\.jsonl:1: .*'0' is not int",
        ),
        pytest.param("x.jsonl", "[" * 100_000, r"x\.jsonl:1: .*RecursionError", id="deep"),
        ("x.tsv", "\tNN\n", r"x\.tsv:1: expected a word in column 1"),
        ("x.tsv", "我\t_\n", r"x\.tsv:1: expected a tag in column 2, got '_'"),
        ("x.tsv", "我\n", r"x\.tsv:1: expected a tag in column 2, got 1 columns"),
        ("x.conllu", "1\t我\n", r"x\.conllu:1: expected 10 columns .*, got 2"),
        ("x.conllu", "2" + ROW[1:], r"x\.conllu:1: expected word number 1, got '2'"),
        ("x.conllu", ROW.replace("X", "_"), r"x\.conllu:1: expected a tag .* UPOS, got none on '我'"),
        ("x.conllu", ROW.replace("我", ""), r"x\.conllu:1: expected a form in column 2"),
        ("x.conllu", ROW.replace("X", ""), r"x\.conllu:1: expected a tag .* UPOS, got none"),
        ("x.conllu", "1-1" + ROW[1:] + ROW, r"x\.conllu:1: expected a token that begins at 1, got 1-1"),
        ("x.conllu", f"1-3{ROW[1:]}{ROW}2-3{ROW[1:]}", r"x\.conllu:3: expected words up to 3, got 2-3; complete"),
        pytest.param("x.conllu", f"1-{'9' * 5000}{ROW[1:]}", r"x\.conllu:1: expected word number 1", id="huge"),
        ("x.conllu", "# text = 我\n\n", r"x\.conllu:1: expected the words of # text = '我'"),
        ("x.conllu", "# spaces = 我\n\n", r"x\.conllu:1: expected only whitespace between words, got '我'"),
        ("x.conllu", ROW[:-2] + "SpacesAfter=我\n", r"x\.conllu:1: expected only whitespace between words, got '我'"),
        ("x.conllu", "1-2" + ROW[1:], r"x\.conllu:1: expected words up to 2"),
        ("x.conllu", "2-3" + ROW[1:], r"x\.conllu:1: expected a token that begins at 1"),
        ("x.conllu", "# text = 你\n" + ROW, r"x\.conllu:1: expected the words of .*'你'"),
        ("x.conllu", "# text = 我们\n" + ROW, r"x\.conllu:1: .*no word for '们'"),
        ("x.doc", "我", r"expected format .* or a name that ends in"),
    ],
)
def test_faults_name_the_place_the_wish_and_the_remedy(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        back(tmp_path, text, name)


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        (
            "underscore",
            "我＿PN 爱_VV",
            "got '我＿PN': its ＿ is full-width; write 我_PN, and so in all words",
        ),
        ("underscore", "我＿代 爱＿动", "got '我＿代': its ＿ is full-width; write 我_代"),
        ("underscore", "我_PN ＿", "got '＿': this word has no tag; write ＿_TAG"),
        ("pfr", "[中央／n 台/n]nt", r"got '\[中央／n': its ／ is full-width; write \[中央/n"),
        ("pfr", "中央 台/n", "got '中央'; correct the line"),
        ("conllx", "1\t我\t＿\tX\t＿\t_\t_\t_\t_\t_\n", "got '＿', a full-width _, which is no tag; use tag=NUMBER"),
    ],
)
def test_marks_in_full_width_are_told(tmp_path: Path, format: str, text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        back(tmp_path, text, "x", format=format, tag="xpos" if format == "conllx" else "upos")


def test_a_line_of_brackets_is_refused_at_once(tmp_path: Path) -> None:
    """Patterns that try each bracket as the beginning of a word would take minutes."""
    for format in (name for name, known in FORMATS.items() if known.read and name not in ("segmented", "columns")):
        with pytest.raises(CorpusError):
            back(tmp_path, "[" * 100_000, "x", format=format)


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.seg"
    path.write_bytes("\ufeff我\n来".encode() + b"\xff\n")
    with pytest.raises(CorpusError, match=r"x\.seg:2: expected UTF-8, got byte 0xff at offset 10 of the file"):
        list(corpus.read(path))
    with pytest.raises(InputError, match="<pipe>:1: expected UTF-8, got byte 0xc3 at offset 1"):
        list(lines(io.BytesIO(b"a\xc3"), name="<pipe>", error=InputError))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"x\.seg: expected a file, found none"):
        list(corpus.read(tmp_path / "x.seg"))
    with pytest.raises(CorpusError, match="expected corpus files"):
        list(corpus.read(tmp_path))
    (tmp_path / "x.seg").write_text("好", encoding="utf-8")
    with pytest.raises(CorpusError, match="expected tag upos, xpos, none"):
        list(corpus.read(tmp_path / "x.seg", tag="3"))
    with pytest.raises(CorpusError, match="expected spaces collapse or exact, got 'exakt'"):
        list(corpus.read(tmp_path / "x.seg", spaces="exakt"))  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match="give format="):
        corpus.write([], tmp_path / "x.doc")


def test_what_a_format_cannot_hold_is_refused() -> None:
    spaced, untagged = Sentence.from_forms(["a b"], ["X"]), Sentence.from_forms(["a"])
    for format, sentence, message in (
        ("slash", spaced, "without whitespace"),
        ("segmented", spaced, "without whitespace"),
        ("slash", untagged, "format=segmented"),
        ("conllu", Sentence.from_forms(["a\tb"], ["X"]), "format=jsonl"),
        ("conllu", Sentence.from_forms(["a"], ["_"]), "format=jsonl"),
        ("conllu", Sentence.from_forms(["a"], ["X\tY"]), "format=jsonl"),
        ("conllu", Sentence.from_forms(["a"], comments=["a"]), "begin with #"),
        ("conllu", Sentence.from_forms(["a"], comments=["# a\nb"]), "of one line"),
        ("conllu", Sentence.from_forms(["a"], comments=["# text = b"]), "format=jsonl"),
        ("conllu", Sentence.from_forms(["\ud800"]), "UTF-8 can hold"),
        ("jsonl", Sentence.from_forms(["\ud83d", "\ude00"]), "halves of one"),
        ("columns", Sentence.from_forms(["a\tb"]), "format=jsonl"),
        ("columns", Sentence.from_forms([" a"]), "format=jsonl"),
        ("slash", Sentence.from_forms(["a"], ["N/X"]), "POS without '/'"),
        ("underscore", Sentence.from_forms(["a"], ["N_X"]), "POS without '_'"),
        ("slash", Sentence.from_forms(["a"], ["N X"]), "whitespace"),
        ("slash", Sentence.from_forms(["a"], [""]), "whitespace"),
        ("segmented", Sentence("\n", ()), "format=jsonl"),
        ("doc", untagged, "expected format"),
    ):
        with pytest.raises(CorpusError, match=message):
            corpus.format_sentence(sentence, format)


def test_exact_spaces_want_the_separator(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"x\.seg:2: expected a space after '我', got '\\t'; use spaces=collapse"):
        back(tmp_path, "好\n我\t来\n", "x.seg", spaces="exact")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"x\.slash: sentence 2: expected words without whitespace"):
        corpus.write([Sentence.from_forms(["a"], ["X"]), Sentence.from_forms(["a b"], ["X"])], tmp_path / "x.slash")
    assert list(tmp_path.iterdir()) == []
