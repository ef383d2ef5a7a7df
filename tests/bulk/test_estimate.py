"""How long a run may take, by a sample of its text."""

from pathlib import Path

import pytest

from tagger.bulk.estimate import Sample, estimate, measure
from tagger.bulk.inputs import find_inputs
from tagger.bulk.job import Job
from tagger.bulk.worker import FileTagger

LINE = "我们明天去北京大学看朋友。\n"


@pytest.mark.parametrize(
    ("sample", "n_bytes", "seconds"),
    [
        (Sample(9_999, 1.0), 9_999, 0.0),  # too little text
        (Sample(), 0, 0.0),
        (Sample(10_000, 2.0), 10_000, 2.0),  # all of it was tagged
        (Sample(10_000, 2.0), 30_000, 6.0),  # there was no second chunk: the other files are as slow
        (Sample(10_000, 2.0, 40_000, 1.0), 50_000, 3.0),
        (Sample(10_000, 2.0, 40_000, 1.0), 1_010_000, 27.0),  # processes start once
    ],
)
def test_what_is_expected(sample: Sample, n_bytes: int, seconds: float) -> None:
    assert sample.expect(n_bytes) == pytest.approx(seconds)


@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_bytes_are_those_of_the_file(small_model: Path, tmp_path: Path, encoding: str, n_workers: int) -> None:
    (tmp_path / "a.txt").write_bytes((LINE * 500).encode(encoding))
    (tmp_path / "b.txt").write_bytes((LINE * 100).encode(encoding))
    (tmp_path / "empty.txt").write_bytes(b"")
    job = Job(FileTagger(str(small_model), encoding=encoding), find_inputs([str(tmp_path)], None).files)
    assert measure(job, n_workers).n == 600 * len(LINE.encode(encoding))
    *_, last = estimate(job, n_workers)
    assert f"with {n_workers} worker{'s' * (n_workers > 1)} at the speed of a sample now (" in last


def test_what_cannot_be_tagged_does_not_count(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\n" * 20_000)
    (tmp_path / "b.txt").write_text(LINE * 300, encoding="utf-8")
    job = Job(FileTagger(str(small_model)), find_inputs([str(tmp_path)], None).files)
    assert measure(job, 1).n == 300 * len(LINE.encode())
