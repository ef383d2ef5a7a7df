"""Bad rows of a run: left out, and said on stderr or in a file of their own."""

import json
from pathlib import Path

import pytest

from tagger.tag import main


def test_bad_rows_are_left_out_and_reported(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, rejects = tmp_path / "x.jsonl", tmp_path / "bad.jsonl"
    source.write_bytes(b'{"text": "a"}\n{\n{"text": "\xff"}\n')
    call = ["-m", str(small_model), str(source), "--errors", "skip", "--format", "segmented"]
    assert main([*call, "--rejects", str(rejects)]) == 0
    assert capfd.readouterr().out == "a\n"
    rows = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert sorted((row["name"], row["number"]) for row in rows) == [(str(source), 2), (str(source), 3)]
    assert main(call) == 0
    assert len(capfd.readouterr().err.splitlines()) == 2
    source.write_text('{"text": "a"}\n' + '{"body": "%s"}\n' % ("好" * 300) * 1500 + "{\n", encoding="utf-8")
    assert main(call) == 0
    *lines, more = capfd.readouterr().err.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [*range(2, 12)]
    assert max(map(len, lines)) <= 200 or len(str(source)) > 60
    wanted = "expected a JSON object with a string 'text'"
    assert more == f"1,491 more rows of {source}: {wanted}; --rejects FILE has all"
