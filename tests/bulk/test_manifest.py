import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tagger.bulk.manifest import FOLDER, Manifests, identity
from tagger.bulk.worker import FileTagger
from tagger.errors import InputError

RUN = {"model_sha256": "1", "format": "slash"}
ABOUT = {"path": "/a", "size": 3}


def noted(folder: Path, **output: Any) -> Manifests:
    manifests = Manifests(folder, RUN, resume=False)
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub/a.slash").write_bytes(b"12345")
    manifests.note("sub/a.slash", {"input": ABOUT, "output": {"size": 5, **output}})
    return manifests


def test_done_is_what_is_whole_and_of_this_input(tmp_path: Path) -> None:
    noted(tmp_path)
    again = Manifests(tmp_path, RUN, resume=True)
    assert again.done("sub/a.slash", ABOUT)
    assert not again.done("sub/b.slash", ABOUT)
    assert not again.done("sub/a.slash", ABOUT | {"size": 4})
    (tmp_path / "sub/a.slash").write_bytes(b"1234")
    assert not again.done("sub/a.slash", ABOUT)
    (tmp_path / "sub/a.slash").unlink()
    assert not again.done("sub/a.slash", ABOUT)


def test_a_run_that_is_not_resumed_forgets_and_so_does_forget(tmp_path: Path) -> None:
    noted(tmp_path).forget("sub/a.slash")
    assert not Manifests(tmp_path, RUN, resume=True).done("sub/a.slash", ABOUT)
    noted(tmp_path)
    assert not Manifests(tmp_path, RUN, resume=False).done("sub/a.slash", ABOUT)


def test_another_run_is_refused(tmp_path: Path) -> None:
    noted(tmp_path)
    with pytest.raises(InputError, match=r"\(format 'slash', now 'jsonl'\); use the same ones, or leave --resume out"):
        Manifests(tmp_path, RUN | {"format": "jsonl"}, resume=True)
    assert Manifests(tmp_path, RUN, resume=True).done("sub/a.slash", ABOUT)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    noted(tmp_path)
    (tmp_path / FOLDER / "sub/a.slash.manifest.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"a\.slash\.manifest\.json: expected a manifest .* delete the file"):
        Manifests(tmp_path, RUN, resume=True).done("sub/a.slash", ABOUT)


def test_json_that_is_no_manifest(tmp_path: Path) -> None:
    path = noted(tmp_path)._path("sub/a.slash")
    for body in ("{}", '{"output": 5}', '{"output": {"size": 5}}'):
        path.write_text(body)
        assert not Manifests(tmp_path, RUN, resume=True).done("sub/a.slash", ABOUT)
    path.write_text("[]")
    with pytest.raises(InputError, match=r"cannot read it \(a list\)"):
        Manifests(tmp_path, RUN, resume=True).done("sub/a.slash", ABOUT)
    (tmp_path / FOLDER / "run.json").write_text("[]")
    with pytest.raises(InputError, match=r"run\.json: expected a manifest"):
        Manifests(tmp_path, RUN, resume=True)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = b"\xff\xfe".decode("utf-8", "surrogateescape")
    manifests = Manifests(tmp_path, RUN, resume=False)
    (tmp_path / name).write_bytes(b"12345")
    manifests.note(name, {"input": {"path": name}, "output": {"size": 5}})
    assert manifests.done(name, {"path": name})


def test_all_that_decides_the_output_is_in_the_identity(small_model: Path, tmp_path: Path) -> None:
    work = FileTagger(str(small_model))
    same = json.dumps(identity(work))
    others = ({"format": "jsonl"}, {"field": "b"}, {"unit": "byte"}, {"errors": "skip"}, {"presegment": False})
    words = tmp_path / "words.txt"
    words.write_text("我\n", encoding="utf-8")
    others = (*others, {"dictionaries": (str(words),)}, {"strength": "prefer"}, {"fold": True}, {"known": "known"})
    seen = {same, *(json.dumps(identity(replace(work, **other))) for other in others)}  # type: ignore[arg-type]
    assert len(seen) == 10
    assert json.dumps(identity(work)) == same
