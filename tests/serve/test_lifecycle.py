"""Start, stop and reload of a service, under load; with ROUNDS=20 in the environment, 20 times instead of a few."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import models
import pytest
from service import ROOT, Service

from tagger.tagging.tagger import load


class Load:
    """Callers in threads, each answer checked against its request; what was not as it should be is noted."""

    def __init__(self, service: Service, expected: dict[str, dict[str, Any]], n_callers: int = 8) -> None:
        self.service = service
        self.expected = expected  # per version, per text: the words
        self.answered: list[str] = []  # versions
        self.faults: list[str] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(i,)) for i in range(n_callers)]
        for thread in self.threads:
            thread.start()

    def _call(self, number: int) -> None:
        texts = sorted(next(iter(self.expected.values())))
        with self.service.caller() as client:
            i = number
            while not self.stopping.is_set():
                i += 1
                sent = [texts[(i + j) % len(texts)] for j in range(1 + i % 5)]
                try:
                    answer = client.post("/v1/tag", json={"texts": sent})
                except httpx.ConnectError:  # nobody listens any more: nothing was accepted
                    return
                except httpx.TransportError as error:
                    self.faults.append(f"accepted and not answered: {error!r}")
                    return
                if answer.status_code != 200:
                    self.faults.append(answer.text)
                    continue
                version = answer.json()["model"]["version"]
                self.answered.append(version)
                want = [self.expected[version][text] for text in sent]
                if [[word["form"] for word in result["words"]] for result in answer.json()["results"]] != want:
                    self.faults.append(f"wrong answer of {version} for {sent}")

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)


ROUNDS = int(os.environ.get("ROUNDS", "2"))
TEXTS = ["我喜欢北京。", "今天天气很好，我们去公园吧！", "好", "iPhone 15 卖 5999 元。", "中国" * 40]


def expected(path: Path) -> dict[str, Any]:
    tagger = load(path)
    return {text: list(tagger(text).forms) for text in TEXTS}


def test_sigterm_under_load_leaves_nobody_unanswered(small_model: Path) -> None:
    for _ in range(ROUNDS):
        with (
            Service("--model", small_model, "--drain-seconds", "2") as service,
            service.caller() as probe,
        ):
            version = probe.get("/v1/models").json()["models"][0]["version"]
            load_ = Load(service, {version: expected(small_model)})
            while len(load_.answered) < 50:
                time.sleep(0.01)
            service.send(signal.SIGTERM)
            service.wait_for("draining")
            draining = probe.get("/readyz")
            assert draining.json() == {"status": "draining"}
            assert draining.headers["connection"] == "close"
            assert service.end() == 0
            load_.stop()
            assert load_.faults == []


def test_a_reload_under_load_answers_from_exactly_one_model(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    shutil.copy(small_model, path)
    with Service("--model", path) as service:
        words = {}
        load_ = None
        for i, source in enumerate([small_model, models.STANDARDS] * ROUNDS):
            fresh = tmp_path / "fresh.onnx"
            shutil.copy(source, fresh)
            fresh.replace(path)
            if i:
                service.send(signal.SIGHUP)
                version = service.wait_for("reloaded")["version"]
            else:
                version = service.client.get("/v1/models").json()["models"][0]["version"]
            words[version] = expected(source)
            if i == 1:  # both versions and their answers are known
                load_ = Load(service, words)
            if load_ is not None:
                n = len(load_.answered)
                while len(load_.answered) < n + 30:
                    time.sleep(0.01)
        assert load_ is not None
        load_.stop()
        assert load_.faults == []
        assert set(load_.answered) == set(words)
        assert len(words) == 2
        assert len({json.dumps(each) for each in words.values()}) == 2


def test_a_damaged_file_does_not_replace_a_model(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    shutil.copy(small_model, path)
    damaged = [b"", small_model.read_bytes()[:5000], b"hello" * 99, models.RELU.read_bytes(), None]
    with Service("--model", path) as service:
        before = service.client.get("/v1/models").json()
        for n, content in enumerate(damaged, 1):
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
            service.send(signal.SIGHUP)
            assert str(path) in service.wait_for("reload refused")["reason"]
            assert service.client.get("/v1/models").json() == before
            assert service.client.post("/v1/tag", json={"texts": ["好"]}).status_code == 200
            counted = f'tagger_reloads_total{{kind="model",name="m",outcome="refused"}} {n}.0'
            assert counted in service.client.get("/metrics").text


def test_overload_is_refused_politely_and_passes(small_model: Path) -> None:
    with Service("--model", small_model, "--queue-share", "1e-5", "--workers", "1", "--retry-delay", "0.01") as service:
        answers: list[httpx.Response] = []

        def call() -> None:
            with service.caller() as client:
                answers.extend(client.post("/v1/tag", json={"texts": ["好" * 40]}) for _ in range(20))

        threads = [threading.Thread(target=call) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status_code for answer in answers} == {200, 429}
        for answer in answers:
            if answer.status_code == 429:
                assert answer.headers["retry-after"] == "1"
                error = answer.json()["error"]
                assert error["code"] == "overloaded"
                assert "s of your own, with 0 s of other callers in between; wait for answers" in error["message"]
            else:
                assert "".join(word["form"] for word in answer.json()["results"][0]["words"]) == "好" * 40
        assert service.client.post("/v1/tag", json={"texts": ["好"]}).status_code == 200
        n_refused = sum(answer.status_code == 429 for answer in answers)
        assert f'tagger_sheds_total{{reason="queue"}} {n_refused}.0' in service.client.get("/metrics").text


def test_work_that_takes_longer_than_its_deadline_is_refused_at_once(small_model: Path) -> None:
    limits = ("--deadline", "0.5", "--workers", "1", "--max-body", str(16 << 20))  # a body is read long before 0.5 s
    with Service("--model", small_model, *limits) as service:
        answer = service.client.post("/v1/tag", json={"texts": ["好" * 20_000] * 150})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert "3000000 characters, which take about" in answer.json()["error"]["message"]
        for _ in range(100):  # what a worker had begun has to end first
            answer = service.client.post("/v1/tag", json={"texts": ["好"]})
            if answer.status_code == 200:
                break
            time.sleep(0.1)
        assert answer.status_code == 200


def test_keys(small_model: Path) -> None:
    keys = {"TAGGER_API_KEYS": "0123456789abcdef,fedcba9876543210"}
    with Service("--model", small_model, environment=keys) as service:
        url = "/v1/tag"
        for headers in ({}, {"authorization": "Bearer 0123456789abcde"}, {"authorization": "Basic 0123456789abcdef"}):
            answer = service.client.post(url, json={"texts": []}, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"
        for headers in ({"authorization": "bearer fedcba9876543210"}, {"x-api-key": "0123456789abcdef"}):
            assert service.client.post(url, json={"texts": []}, headers=headers).status_code == 200
        assert service.client.get("/v2/models/small").status_code == 401
        for path in ("/healthz", "/readyz", "/metrics", "/v2/health/ready", "/openapi.json", "/"):
            assert service.client.get(path).status_code == 200
        assert "0123456789abcdef" not in json.dumps(service.events)


def test_keys_of_a_file_have_names_and_are_read_again(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    digest = hashlib.sha256(b"b" * 16).hexdigest()
    path.write_text(f"# of the year 2026\nann {'a' * 16}\nbob sha256:{digest} 0.01  # once in 100 seconds\n")

    def ask(key: str) -> int:
        return service.client.get("/v1/models", headers={"x-api-key": key * 16}).status_code

    words = tmp_path / "words.txt"
    words.write_text("喜欢北\n")
    files = ("--api-keys-file", f"{tmp_path}/./{path.name}", "--dictionary", words, "--dictionary-format", "tagger")
    with Service("--model", small_model, *files) as service:
        assert [ask(key) for key in "abbc"] == [200, 200, 429, 401]
        refused = service.client.get("/v1/models", headers={"authorization": f"Bearer {'b' * 16}"})
        assert refused.json()["error"]["code"] == "rate_limited"
        unconfigured = {"texts": [], "patterns": "none"}
        answer = service.client.post("/v1/tag", json=unconfigured, headers={"x-api-key": "a" * 16})
        assert "start the service with --patterns NAME=PATH" in answer.json()["error"]["message"]
        counted = 'tagger_requests_total{method="GET",route="/v1/models",status="%d"} %d.0'
        figures = service.client.get("/metrics").text
        assert [counted % (429, 2) in figures, counted % (401, 1) in figures] == [True, True]
        while len(named := [event.get("key") for event in service.events if event["event"] == "request"]) < 4:
            time.sleep(0.01)
        assert named[:4] == ["ann", "bob", "bob", None]
        path.write_text(f"cid {'c' * 16}\n")
        service.send(signal.SIGHUP)
        assert service.wait_for("reloaded")["keys"] == 1  # before the model and the dictionary
        assert [ask(key) for key in "abc"] == [401, 401, 200]
        service.wait_for("reloaded")
        service.wait_for("reloaded")
        path.write_text("")
        words.write_text("喜欢北\tprefer=0\n")
        service.send(signal.SIGHUP)
        assert "expected lines of NAME KEY" in service.wait_for("reload refused")["reason"]
        assert ask("c") == 200
        assert service.wait_for("reload refused")["dictionary"] == "words"
        figures = service.client.get("/metrics").text
        for kind, name, done, refused in (
            ("keys", path, 1, 1),
            ("dictionary", "words", 1, 1),
            ("model", "small", 2, 0),
        ):
            counted = f'tagger_reloads_total{{kind="{kind}",name="{name}",outcome='
            assert [f'{counted}"done"}} {done}.0' in figures, f'{counted}"refused"}} {refused}.0' in figures] == [1, 1]
        assert "/./" not in figures  # each file has one name
        assert 'tagger_over_rate_total{key="bob"} 2.0' in figures
        assert 'tagger_sheds_total{reason="queue"} 0.0' in figures


def test_pages_of_other_origins_are_let_in_by_name(small_model: Path) -> None:
    with Service("--model", small_model, "--cors-origins", "https://a.example") as service:
        for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", None)):
            answer = service.client.get("/v1/models", headers={"origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "priority,x-request-timeout",
        }
        assert service.client.options("/v1/tag", headers={"origin": "https://a.example", **asked}).status_code == 200


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "serve", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_what_cannot_start_says_why(small_model: Path, tmp_path: Path) -> None:
    missing = run("--model", tmp_path / "none.onnx")
    assert (missing.returncode, missing.stderr.splitlines()[-1]) == (
        1, f"error: {tmp_path}/none.onnx: expected a model file, found none; "
        "correct the path, or give a model of the package: zh-base, zh-ner, zh-small",
    )  # fmt: skip
    folder = run("--model", small_model, "--api-keys-file", tmp_path)
    assert (folder.returncode, len(folder.stderr.splitlines())) == (2, 1)  # before anything is loaded
    assert "expected a text file" in folder.stderr
    words = tmp_path / "words.txt"
    words.write_text("好\n云计算\tforce\t动词\n", encoding="utf-8")
    tag = run("--model", small_model, "--dictionary", words)
    assert (tag.returncode, f"{words}:2: expected a tag among NOUN, VERB, X, got '动词'" in tag.stderr) == (1, True)
    wrong = run("--model", small_model, "--port", "x")
    assert (wrong.returncode, wrong.stderr) == (
        2, "error: --port: expected a whole number of 0 or more, got 'x'; correct it, or leave it out for 8000\n"
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = run("--model", small_model, "--port", str(taken.getsockname()[1]))
    assert busy.returncode == 1
    assert "choose another with --host and --port" in busy.stderr


@pytest.mark.parametrize("module", ["serve.__main__", "serve.local"])
def test_help_comes_at_once(module: str) -> None:
    code = f"import sys, contextlib, {module}\nwith contextlib.suppress(SystemExit): {module}.main(['--help'])\n"
    code += "print({'numpy', 'onnxruntime', 'starlette', 'uvicorn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: ")
    assert done.stdout.endswith("set()\n")


def test_help_names_everything_and_needs_no_torch() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "--queue-share" in shown.stdout
    code = "import sys, serve.server, serve.__main__; print({'torch', 'onnx', 'lightning', 'hydra'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
