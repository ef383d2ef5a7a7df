"""Several processes behind one socket: answers, figures, reload, the death of one, the end of all."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from service import ROOT, Service, kill_one
from starlette.testclient import TestClient
from starlette.types import Message

from serve.asgi import create
from serve.settings import Settings, divide


@pytest.fixture(scope="module")
def services(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two processes, whose files lie where a test may replace them, and whose figures have a port of their own."""
    model = tmp_path_factory.mktemp("processes") / "m.onnx"
    shutil.copy(small_model, model)
    with socket.create_server(("127.0.0.1", 0)) as free:
        figures = free.getsockname()[1]
    words = model.with_name("words.txt")
    words.write_text("喜欢北\n")
    flags = ["--processes", "2", "--drain-seconds", "0.2", "--metrics-port", str(figures)]
    with Service("--model", model, "--dictionary", words, *flags) as service:
        yield service
    assert service.process.returncode == 0
    assert not [event for event in service.events if event["event"] == "bug"]


def setting(service: Service, name: str) -> Any:
    [settings] = [event for event in service.events if event["event"] == "settings"]
    return settings[name]


def figure(service: Service, name: str) -> float:
    port = setting(service, "metrics_port")
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def tag(service: Service, n_callers: int) -> list[int]:
    """A request on each of several connections, which are open at the same time: the statuses."""
    callers = [service.caller() for _ in range(n_callers)]
    statuses = [caller.post("/v1/tag", json={"texts": ["我喜欢北京。"]}).status_code for caller in callers]
    for caller in callers:
        caller.close()
    return statuses


def answering(service: Service) -> list[int]:
    """The process of each request for words so far."""
    return [event["process"] for event in service.events if event.get("route") == "/v1/tag"]


def test_connections_are_dealt_out_and_figures_added_up(services: Service) -> None:
    assert tag(services, 20) == [200] * 20
    assert figure(services, "tagger_texts_total") == 20
    assert figure(services, 'tagger_requests_total{method="POST",route="/v1/tag",status="200"}') == 20
    assert set(answering(services)) == {0, 1}
    assert figure(services, 'tagger_inference_seconds_count{model="m"}') == 20
    assert figure(services, 'tagger_model_request_seconds_count{model="m"}') == 20
    assert figure(services, "tagger_model_info") == 1
    assert figure(services, "process_resident_memory_bytes") > 50e6
    assert services.client.get("/metrics").status_code == 404
    started = services.events[0]
    assert (started["event"], started["processes"], started["workers"]) == ("settings", 2, 1)


def test_a_reload_reaches_all(services: Service) -> None:
    services.send(signal.SIGHUP)
    reloaded = [services.wait_for("reloaded") for _ in range(4)]  # a model and a dictionary each
    assert {event["process"] for event in reloaded} == {0, 1}
    assert figure(services, 'tagger_reloads_total{kind="model",name="m",outcome="done"}') == 2
    assert figure(services, 'tagger_reloads_total{kind="dictionary",name="words",outcome="done"}') == 2


def versions(service: Service) -> set[str]:
    """The versions of the dictionary in the processes that answer several callers."""
    callers = [service.caller() for _ in range(10)]
    found = {caller.get("/v1/models").json()["versions"]["dictionary"]["words"] for caller in callers}
    for caller in callers:
        caller.close()
    return found


def test_a_process_that_dies_is_replaced_and_its_figures_stay(services: Service) -> None:
    before = figure(services, "tagger_texts_total")
    killed = kill_one(services)
    ended = services.wait_for("process ended")
    assert (ended["pid"], ended["status"]) == (killed, -signal.SIGKILL)
    assert ended["restart_seconds"] < 1
    assert tag(services, 10) == [200] * 10
    services.wait_for("process ready")
    assert tag(services, 10) == [200] * 10
    assert set(answering(services)[-10:]) == {0, 1}
    assert figure(services, "tagger_texts_total") == before + 20
    assert figure(services, "tagger_process_ends_total") == 1


def test_a_process_that_starts_later_answers_as_the_others(services: Service) -> None:
    model, words = Path(setting(services, "model")[0]), Path(setting(services, "dictionary")[0])
    whole, [before] = model.read_bytes(), versions(services)
    counts = {"ready": 2, "wanted": 2}
    assert services.client.get("/readyz").json() == {"status": "ready", "processes": counts}
    words.write_bytes(b"\xff\n")  # a dictionary that cannot be read, and nobody asked to read
    model.write_bytes(b"no model")
    kill_one(services)
    failed = services.wait_for("process cannot start")
    assert (failed["failed_starts"], failed["processes_ready"]) == (1, 1)
    assert str(model) in failed["reason"]
    assert services.client.get("/readyz").json() == {"status": "ready", "processes": counts | {"ready": 1}}
    assert figure(services, 'tagger_processes{state="ready"}') == 1
    model.write_bytes(whole)
    services.wait_for("process ready")
    assert versions(services) == {before}
    words.write_text("喜欢\n")
    services.send(signal.SIGHUP)
    reloaded = [services.wait_for("reloaded") for _ in range(4)]
    [after] = {event["version"] for event in reloaded if "dictionary" in event}
    assert versions(services) == {after} != {before}
    assert figure(services, f'tagger_file_info{{kind="dictionary",name="words",version="{after}"}}') == 1


def test_the_end_of_all_leaves_nobody_unanswered(services: Service) -> None:
    """It ends the processes, so it comes last of their tests."""
    faults: list[str] = []

    def call() -> None:
        with services.caller() as client:
            while True:
                try:
                    answer = client.post("/v1/tag", json={"texts": ["好"]})
                except httpx.ConnectError:  # nobody listens any more: nothing was accepted
                    return
                except httpx.TransportError as error:
                    faults.append(f"accepted and not answered: {error!r}")
                    return
                if answer.status_code != 200:
                    faults.append(answer.text)

    before = len(answering(services))
    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    while len(answering(services)) < before + 50:
        time.sleep(0.01)
    services.send(signal.SIGTERM)
    assert services.end() == 0
    for thread in threads:
        thread.join(10)
    assert faults == []


def test_a_unix_socket_takes_the_place_of_one_left_behind(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with Service("--model", small_model, "--uds", path, "--drain-seconds", "0") as service:
        assert service.address == f"unix:{path}"
        assert service.client.get("/readyz").status_code == 200
    assert service.process.returncode == 0
    assert not path.exists()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_socket_of_systemd_outlives_the_service(small_model: Path, processes: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
        # As systemd does it: the socket has the number 3 in the process whose id LISTEN_PID names.
        states = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        states.bind(str(tmp_path / "notify"))
        states.settimeout(30)
        code = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_PID=str(os.getpid()), "
        code += "LISTEN_FDS='1'); os.execv(sys.executable, [sys.executable, '-m', 'serve', *sys.argv[2:]])"
        arguments = ["--model", str(small_model), "--processes", processes, "--drain-seconds", "0"]
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(listener.fileno()), *arguments],
            pass_fds=(listener.fileno(),), cwd=ROOT, stderr=subprocess.PIPE,
            env=os.environ | {"NOTIFY_SOCKET": states.getsockname()},
        )  # fmt: skip
        assert process.stderr is not None
        events = (json.loads(line) for line in process.stderr)
        ready = next(event for event in events if event["event"] == "ready")
        assert ready["address"] == f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert httpx.get(f"{ready['address']}/readyz").status_code == 200
        assert states.recv(100) == b"READY=1"
        process.terminate()
        assert states.recv(100) == b"STOPPING=1"
        assert "stopped" in [event["event"] for event in events]
        assert process.wait(30) == 0
        process.stderr.close()
        with socket.create_connection(listener.getsockname(), timeout=5):  # it waits for the next start
            pass


def test_the_application_for_other_servers(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGGER_MODEL", str(small_model))
    monkeypatch.setattr("serve.asgi.configure", lambda level: None)  # the log of the tests stays as it is
    with TestClient(create()) as client:
        answer = client.post("/v1/tag", json={"texts": ["我喜欢北京。"]})
        assert "".join(word["form"] for word in answer.json()["results"][0]["words"]) == "我喜欢北京。"
    monkeypatch.setenv("TAGGER_MODEL", str(tmp_path / "none.onnx"))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def start() -> None:
        await create()({"type": "lifespan"}, receive, send)

    starting = threading.Thread(target=lambda: asyncio.run(start()))  # this thread may have a browser's event loop
    starting.start()
    starting.join()
    [failed] = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert "expected a model file, found none" in failed["message"]


def test_processes_share_connections_and_memory() -> None:
    one = divide(Settings(model=("a.onnx",), processes=4, max_connections=10, max_held=100, max_document=9, max_body=8))
    assert (one.max_connections, one.max_held) == (3, 25)
    many = divide(Settings(model=("a.onnx",), processes=32))
    assert (many.max_held, many.max_unsent) == (32 << 20, 16 << 20)  # of 64 MiB and 24 MiB: --help says so
    least = divide(Settings(model=("a.onnx",), processes=4, max_held=100, max_document=40, max_body=8))
    assert least.max_held == 80  # the largest document in a charset whose bytes become two
