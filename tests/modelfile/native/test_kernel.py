"""The native kernel answers as onnxruntime and the decoders in numpy do, and refuses what it cannot read."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import models
import numpy as np
import pytest
from native_rows import Rows, damaged

from tagger.modelfile.native.arrays import NetArrays
from tagger.modelfile.native.graph import UnknownGraphError
from tagger.modelfile.native.kernel import MAX_TIME, Kernel
from tagger.modelfile.native.library import Library, NativeError
from tagger.modelfile.shipped import find
from tagger.modelfile.tagger import Model
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block

NER = find("zh-ner")
FILES = (
    *map(models.head_model, models.HEADS),
    *(models.SEGMENTER, models.SMALL, models.STANDARDS, models.DEEP, models.SUM, models.FORWARD, models.ENTITIES, NER),
)
LONG_AND_SHORT = (
    *(*models.TEXTS, *models.SPAN_TEXTS, "我\u200b喜欢👍🏽", "好" * 300, "二○○八年。" * 60),
    *("李明在北京大學讀書，他的老師王小紅來自臺北市。", "馬英九與陳水扁在總統府。" * 40, "王小明从上海去广州。" * 60),
)
# Numbers of rows, and code points of the longest.
SIZES = ((1, 60), (5, 1), (6, 40), (7, 40), (16, 30), (17, 9), (40, 20), (100, 12))


def open_kernel(library: Library, file: Path, path: str) -> tuple[Model, Kernel]:
    model = Model.open(file)
    return model, Kernel(library, path, NetArrays.read(file.read_bytes()), model.decoder)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scores_and_tags_are_those_of_onnxruntime(library: Library, file: Path) -> None:
    generator = np.random.default_rng(1)
    for path in library.paths:
        model, kernel = open_kernel(library, file, path)
        for n, longest in SIZES:
            for standard in range(max(1, len(model.standards))):
                rows = Rows.random(generator, n, longest, model.scheme.n_pos)
                scores, tags = rows.answer(model, standard)
                got = kernel.scores(rows.codes, rows.lengths, standard)
                np.testing.assert_allclose(got[rows.inside], scores[rows.inside], atol=2e-5)
                of_kernel = kernel.tags(**rows.arguments(), standard=standard).reshape(rows.codes.shape)
                np.testing.assert_array_equal(of_kernel[rows.inside], tags[rows.inside])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"codes": np.full((3, 4), 0x110000, np.int32)}, "code points up to 10FFFF"),
        ({"codes": np.full((3, 4), -1, np.int32)}, "code points up to 10FFFF"),
        ({"starts": np.array([0, 4, 9])}, "rows inside of the block"),
        ({"starts": np.array([-1, 4, 8])}, "rows inside of the block"),
        ({"places": np.array([0, 4, 9])}, "answers inside of the block"),
        ({"n_places": 11}, "answers inside of the block"),
        ({"lengths": np.array([4, 0, 4])}, "rows of 1 to 4096 code points"),
        ({"lengths": np.array([4, 2**40, 4])}, "rows of 1 to 4096 code points"),
        ({"standard": 2}, "a standard of the model"),
        ({"standard": -1}, "a standard of the model"),
        ({"known": "pos"}, "parts of speech that the model has"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(library: Library, changes: dict[str, Any], expected: str) -> None:
    model, kernel = open_kernel(library, models.STANDARDS, library.paths[0])
    rows = Rows.random(np.random.default_rng(0), 3, 4, 3)
    rows = replace(rows, codes=np.full((3, 4), ord("我"), np.int32), lengths=np.full(3, 4, np.int32))
    if "known" in changes:
        changes = {"known": replace(rows.known, pos=np.full((3, 4), model.scheme.n_pos, np.int16))}
    else:
        changes = {"known": replace(rows.known, edges=None, pos=None, spaces=None), **changes}
    with pytest.raises(ValueError, match=expected):
        kernel.tags(**rows.arguments() | changes)


def test_damaged_arrays_are_refused(library: Library) -> None:
    model, arrays = Model.open(models.DEEP), NetArrays.read(models.DEEP.read_bytes())
    cases = damaged(arrays)
    for expected, wrong in cases.items():
        with pytest.raises(UnknownGraphError, match=expected):
            Kernel(library, library.paths[0], wrong, model.decoder)
    assert len(cases) > 15


@pytest.mark.parametrize("file", [models.DEEP, NER], ids=lambda file: file.stem)
def test_threads_share_a_kernel(library: Library, file: Path) -> None:
    model, kernel = open_kernel(library, file, library.paths[0])
    generator = np.random.default_rng(2)
    batches = [Rows.random(generator, n, 50, model.scheme.n_pos) for n in range(20, 60)]
    alone = [kernel.tags(**rows.arguments()) for rows in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda rows: kernel.tags(**rows.arguments()), batches))
    for wanted, got in zip(alone, together, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    "file", [models.head_model("factored"), models.FORWARD, models.ENTITIES, NER], ids=lambda file: file.stem
)
def test_a_tagger_gives_the_same_words_with_the_kernel(library: Library, file: Path) -> None:
    model = Model.open(file)
    texts = LONG_AND_SHORT * 16  # in one block, so that the kernel is the faster way
    pos = model.scheme.pos
    decided = [Entry("天气很"), Entry("喜|欢北", "cut"), Entry("园吧", "join")]
    for entries, decodes in (([], True), (decided, True), ([*decided, Entry("北京", "prefer")], False)):
        of_session, of_kernel = (
            Tagger(replace(model, library=chosen), dictionary=Dictionary(entries)) for chosen in (None, library)
        )
        assert str(of_kernel.model.runtime) == f"native ({library.paths[0]})"
        with patch.object(Kernel, "tags", autospec=True, side_effect=Kernel.tags) as tags:
            wanted, got = (
                list(tagger.spans(Block.of(texts)).sentences(texts, pos)) for tagger in (of_session, of_kernel)
            )
        assert got == wanted
        assert tags.called == decodes
        rated, rated_by_kernel = (tagger.rated(Block.of(texts)) for tagger in (of_session, of_kernel))
        np.testing.assert_array_equal(rated_by_kernel.starts, rated.starts)
        np.testing.assert_allclose(rated_by_kernel.probability, rated.probability, atol=1e-4)


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "libtagger_native.so"
    file.write_bytes(b"no library")
    with pytest.raises(NativeError, match="expected the library of tagger_native, cannot open it"):
        Library.open(file)


def test_the_longest_rows(library: Library) -> None:
    model, kernel = open_kernel(library, models.SMALL, library.paths[0])
    codes = np.full((1, MAX_TIME), ord("我"), np.int32)
    np.testing.assert_allclose(
        kernel.scores(codes, np.array([MAX_TIME], np.int32)),
        model.session_scores(codes, np.array([MAX_TIME], np.int32), 0),
        atol=2e-5,
    )
    with pytest.raises(ValueError, match="rows of 1 to 4096 code points"):
        kernel.scores(np.full((1, MAX_TIME + 1), ord("我"), np.int32), np.array([MAX_TIME + 1], np.int32))
