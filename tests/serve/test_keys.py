from pathlib import Path

import pytest

from serve.keys import read_keys
from serve.rates import Rates
from serve.settings import SettingsError


def test_keys_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# comment\n\na {'x' * 16}\nb\tsha256:{'0' * 64} 2.5 # comment\n")
    assert [(key.name, key.rate) for key in read_keys(path)] == [("a", 0.0), ("b", 2.5)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected lines of NAME KEY, got none"),
        ("a\n", ":1: expected NAME KEY [REQUESTS A SECOND], got 1 word; correct"),
        (f"{'0' * 64}  -\n", ":1: expected NAME KEY [REQUESTS A SECOND], got a - at its end, as sha256sum"),
        (f"a sha256:{'0' * 64}  -\n", "got a - at its end"),
        (f"我 {'x' * 16}\n", ":1: expected NAME KEY"),
        (f"a {'x' * 16} fast\n", "got a rate that is no number"),
        (f"a {'x' * 16} 1 2\n", ":1: expected NAME KEY"),
        (f"# \na {'x' * 15}\n", ":2: expected a key of at least 16"),
        (f"a {'好' * 16}\n", ":1: expected a key of at least 16"),
        ("a sha256:123456789\n", ":1: expected a key of at least 16"),
        (f"a {'x' * 16}\na {'y' * 16}\n", "two keys are called a"),
    ],
)
def test_what_is_no_key(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_keys(path)
    assert message in str(caught.value)
    assert "xxxx" not in str(caught.value).replace(str(path), "")


@pytest.mark.parametrize(
    ("rate", "moments", "waits"),
    [
        (1, [0, 0, 0.75, 1, 1], [0, 1, 0.25, 0, 1]),
        (2, [0, 0, 0, 0.5, 0.5, 9, 9, 9], [0, 0, 0.5, 0, 0.5, 0, 0, 0.5]),
        (0.5, [0, 1, 2], [0, 1, 0]),
        (3, [0, 0, 0, 0], [0, 0, 0, 1 / 3]),
    ],
)
def test_a_second_of_requests_may_come_at_once(rate: float, moments: list[float], waits: list[float]) -> None:
    rates = Rates()
    assert [rates.take(7, rate, 1e6 + moment) for moment in moments] == pytest.approx(waits, abs=1e-6)
    assert rates.take(8, rate, 1e6) == 0


def test_processes_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    one, other = Rates(), Rates()
    assert [one.take(0, 1, 5.0), other.take(0, 1, 5.0), one.take(0, 1, 6.0)] == [0, 1, 0]
