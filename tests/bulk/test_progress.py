import io

import pytest

from tagger.bulk.counts import RunCounts
from tagger.bulk.progress import SECONDS, Progress, duration
from tagger.bulk.tagged import Reject


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (4.24, "4.2 s"), (60, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (273600, "3 d 4 h")],
)
def test_times_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_line_says_how_far_how_fast_and_how_long() -> None:
    shown = Progress(4, 1000, io.StringIO())
    line = shown.line(RunCounts(files=1, skipped=1, bytes=250, chars=3000), 10)
    assert line == "2/4 files, 3,000 characters, 300/s, 30.0 s left"
    assert "left" not in shown.line(RunCounts(files=4, bytes=1000), 10)
    assert "left" not in Progress(1, 0, io.StringIO()).line(RunCounts(files=1, bytes=9), 10)


def test_plain_lines_in_a_log_and_one_line_on_a_terminal() -> None:
    clock = [0.0]
    for stream in (io.StringIO(), Screen()):
        clock.append(0.0)
        shown = Progress(1, 10, stream, now=lambda: clock[-1])
        shown(RunCounts())
        assert stream.getvalue() == ""
        clock.append(SECONDS[stream.isatty()])
        shown(RunCounts())
        shown(RunCounts())
        assert stream.getvalue().count("0/1 files") == 1
        shown.close(RunCounts(files=1, texts=2, words=3, chars=4, rejects=(Reject("x", 1, "bad"),)))
        last = stream.getvalue().splitlines()[-1]
        assert "1 files: 2 texts, 3 words, 4 characters in" in last
        assert last.endswith("1 rows rejected")
        assert stream.getvalue().endswith("\n")
        assert ("\r" in stream.getvalue()) == stream.isatty()
