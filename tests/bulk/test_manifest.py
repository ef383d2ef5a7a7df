import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tagger.bulk.chunks import Sizes
from tagger.bulk.manifest import FOLDER, Manifests, describe_run
from tagger.bulk.worker import FileTagger
from tagger.errors import InputError
from tagger.tagging.dictionary import DictionaryOptions
from tagger.tagging.output import OutputOptions

RUN = {"model_sha256": "1", "format": "slash"}
ABOUT = {"path": "/a", "size": 3}


def noted(folder: Path, **output: Any) -> Manifests:
    manifests = Manifests(folder, RUN, resume=False, overwrite=True)
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub/a.slash").write_bytes(b"12345")
    manifests.write("sub/a.slash", ABOUT, {"output": {"size": 5, **output}})
    return manifests


def test_done_is_what_is_whole_and_of_this_input(tmp_path: Path) -> None:
    noted(tmp_path)
    again = Manifests(tmp_path, RUN, resume=True)
    assert again.is_done("sub/a.slash", ABOUT)
    assert not again.is_done("sub/b.slash", ABOUT)
    assert not again.is_done("sub/a.slash", ABOUT | {"size": 4})
    (tmp_path / "sub/a.slash").write_bytes(b"1234")
    assert not again.is_done("sub/a.slash", ABOUT)
    (tmp_path / "sub/a.slash").unlink()
    assert not again.is_done("sub/a.slash", ABOUT)


def test_a_run_that_is_not_resumed_deletes_manifests_and_so_does_delete(tmp_path: Path) -> None:
    noted(tmp_path).delete("sub/a.slash")
    assert not Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)
    noted(tmp_path)
    assert not Manifests(tmp_path, RUN, resume=False, overwrite=True).is_done("sub/a.slash", ABOUT)


@pytest.mark.parametrize("run", [RUN, RUN | {"format": "jsonl"}])
@pytest.mark.parametrize(
    ("n_done", "is_finished", "is_refused"), [(0, False, False), (1, False, True), (0, True, False), (1, True, False)]
)
def test_a_run_that_was_stopped_is_neither_resumed_nor_overwritten_unasked(
    tmp_path: Path, run: dict[str, str], n_done: int, is_finished: bool, is_refused: bool
) -> None:
    manifests = noted(tmp_path)
    if not n_done:
        manifests.delete("sub/a.slash")
    if is_finished:
        manifests.finish()
    if is_refused:
        with pytest.raises(InputError, match=r"expected --resume or --overwrite .*\(1 finished output\); --resume"):
            Manifests(tmp_path, run, resume=False)
        assert Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)
        Manifests(tmp_path, run, resume=False, overwrite=True)
    assert not Manifests(tmp_path, run, resume=False).is_done("sub/a.slash", ABOUT)


def test_another_run_is_refused(tmp_path: Path) -> None:
    noted(tmp_path)
    with pytest.raises(InputError, match=r"\(format 'slash', now 'jsonl'\); use the same ones, or give --overwrite"):
        Manifests(tmp_path, RUN | {"format": "jsonl"}, resume=True)
    assert Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    noted(tmp_path)
    (tmp_path / FOLDER / "sub/a.slash.manifest.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"a\.slash\.manifest\.json: expected a manifest .* delete the file"):
        Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)


def test_json_that_is_no_manifest(tmp_path: Path) -> None:
    path = noted(tmp_path).path("sub/a.slash")
    for body in ("{}", '{"output": 5}', '{"output": {"size": 5}}'):
        path.write_text(body)
        assert not Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)
    path.write_text("[]")
    with pytest.raises(InputError, match=r"cannot read it \(a list\)"):
        Manifests(tmp_path, RUN, resume=True).is_done("sub/a.slash", ABOUT)
    (tmp_path / FOLDER / "run.json").write_text("[]")
    with pytest.raises(InputError, match=r"run\.json: expected a manifest"):
        Manifests(tmp_path, RUN, resume=True)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = b"\xff\xfe".decode("utf-8", "surrogateescape")
    manifests = Manifests(tmp_path, RUN, resume=False)
    (tmp_path / name).write_bytes(b"12345")
    manifests.write(name, {"path": name}, {"output": {"size": 5}})
    assert manifests.is_done(name, {"path": name})


def test_all_that_decides_the_output_is_in_the_identity(small_model: Path, tmp_path: Path) -> None:
    tagger = FileTagger(str(small_model))
    same = json.dumps(describe_run(tagger))
    words = tmp_path / "words.txt"
    words.write_text("我\n", encoding="utf-8")
    others: list[dict[str, Any]] = [
        {"format": "jsonl"},
        {"field": "b"},
        {"unit": "byte"},
        {"errors": "skip"},
        {"presegment": False},
        {"dictionaries": (str(words),)},
        {"patterns": (str(words),)},
        {"dictionary_options": DictionaryOptions("prefer")},
        {"dictionary_options": DictionaryOptions(fold=True)},
        {"known_field": "known"},
        {"sizes": Sizes(section=8)},
        {"output": OutputOptions(nbest=2)},
    ]
    seen = {same, *(json.dumps(describe_run(replace(tagger, **other))) for other in others)}
    assert len(seen) == 13
    assert json.dumps(describe_run(tagger)) == same
