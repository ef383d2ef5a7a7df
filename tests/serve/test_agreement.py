"""Models are loaded and unloaded in all processes of a service, or in none."""

import asyncio
import fcntl
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from service import Service, kill_one

from serve.agreement import CANCEL, PREPARE, Agreement, Answer, Statement
from serve.errors import ApiError

KEY = {"authorization": "Bearer 0123456789abcdef"}
BOTH = ["small", "other"]


@pytest.fixture(scope="module")
def services(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two processes with two models, one in a file that tests may replace."""
    other = tmp_path_factory.mktemp("agreement") / "other.onnx"
    shutil.copy(small_model, other)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ["--processes", "2", "--drain-seconds", "0", "--grpc-port", str(port)]
    environment = {"TAGGER_API_KEYS": KEY["authorization"].removeprefix("Bearer ")}
    with Service("--model", small_model, "--model", other, *flags, environment=environment) as service:
        yield service
    assert service.process.returncode == 0
    assert not [event for event in service.events if event["event"] == "bug"]


def setting(service: Service, name: str) -> Any:
    [settings] = [event for event in service.events if event["event"] == "settings"]
    return settings[name]


def order(service: Service, verb: str, name: str) -> httpx.Response:
    return service.client.post(f"/v2/repository/models/{name}/{verb}", headers=KEY)


def offered(service: Service) -> list[str]:
    """The models on offer, in which all processes agree, however they are asked."""

    def names(client: httpx.Client) -> tuple[tuple[str, ...], ...]:
        client.headers.update(KEY)
        models = [model["name"] for model in client.get("/v1/models").json()["models"]]
        index = {model["name"]: model["state"] for model in client.post("/v2/repository/index").json()}
        assert set(index) == set(BOTH)
        states = [name for name, state in index.items() if state == "READY"]
        ready = [name for name in BOTH if client.get(f"/v2/models/{name}/ready").status_code == 200]
        figures = re.findall(r'^tagger_model_info{.*model="(\w+)"', client.get("/metrics").text, re.MULTILINE)
        assert client.get("/readyz").json()["status"] == "ready"
        return tuple(models), tuple(states), tuple(ready), tuple(figures)

    n_before = len(service.events)
    callers = [service.caller() for _ in range(12)]
    [(found, *others)] = {names(caller) for caller in callers}
    for caller in callers:
        caller.close()
    answering = {event["process"] for event in service.events[n_before:] if event.get("route") == "/v1/models"}
    assert answering == {0, 1}
    assert others == [found] * 3
    return list(found)


def test_all_processes_change(services: Service) -> None:
    for verb, name, status, after in (
        ("unload", "other", 200, ["small"]),
        ("unload", "other", 200, ["small"]),
        ("load", "other", 200, BOTH),
        ("load", "small", 200, BOTH),
        ("load", "none", 404, BOTH),
        ("unload", "none", 404, BOTH),
        ("unload", "small", 422, BOTH),
    ):
        assert order(services, verb, name).status_code == status
        assert offered(services) == after


def test_a_file_that_cannot_be_loaded_changes_nothing(services: Service) -> None:
    path = Path(setting(services, "model")[1])
    whole = path.read_bytes()
    path.write_bytes(b"no model")
    refused = order(services, "load", "other")
    assert (refused.status_code, str(path) in refused.json()["error"]) == (422, True)
    assert offered(services) == BOTH
    path.write_bytes(whole)


def test_a_process_that_starts_later_has_the_same_models(services: Service) -> None:
    path = Path(setting(services, "model")[1])
    whole = path.read_bytes()
    assert order(services, "unload", "other").status_code == 200
    path.write_bytes(b"no model")  # which nobody reads
    kill_one(services)
    services.wait_for("process ended")
    services.wait_for("process ready")
    assert offered(services) == ["small"]
    path.write_bytes(whole)
    assert order(services, "load", "other").status_code == 200
    assert offered(services) == BOTH


def test_orders_at_the_same_time_follow_each_other(services: Service) -> None:
    def give(verb: str) -> int:
        with services.caller() as client:
            return client.post(f"/v2/repository/models/other/{verb}", headers=KEY).status_code

    with ThreadPoolExecutor(4) as callers:
        assert set(callers.map(give, ["unload", "load"] * 2)) == {200}
    assert offered(services) in (BOTH, ["small"])
    assert order(services, "load", "other").status_code == 200


def test_orders_over_grpc(services: Service) -> None:
    grpc = pytest.importorskip("grpc", reason="gRPC is not installed; pip install 'hantagger[grpc]'")
    from serve.grpc_messages import message_classes

    with grpc.insecure_channel(f"127.0.0.1:{setting(services, 'grpc_port')}") as channel:
        for verb, after in (("Unload", ["small"]), ("Load", BOTH)):
            method = channel.unary_unary(f"/inference.GRPCInferenceService/RepositoryModel{verb}")
            request = message_classes()[f"RepositoryModel{verb}Request"](model_name="other")
            method(request.SerializeToString(), metadata=tuple(KEY.items()), timeout=60)
            assert offered(services) == after


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (lambda stated: Answer(stated.number, "v1"), "", ""),
        (lambda stated: Answer(stated.number, "", "no such file"), "invalid", "no such file"),
        (lambda stated: Answer(stated.number, "v2"), "invalid", "it changed while it was read"),
        (lambda stated: None, "deadline", "of all 2 processes within 0.1 s, got 1; none has changed"),
    ],
)
def test_what_one_process_answers_decides_for_all(
    answer: Callable[[Statement], Answer | None], code: str, message: str, tmp_path: Path
) -> None:
    one, two = (Agreement(tmp_path, index, seconds=0.1 if code == "deadline" else 30) for index in range(2))
    one.join()
    two.join()

    async def obey() -> None:
        if stated := one.news:
            one.answer(Answer(stated.number, "v1"))
        if (stated := two.news) and (said := answer(stated) if stated.step == PREPARE else Answer(stated.number)):
            two.answer(said)

    async def load() -> None:
        async with one.alone(obey) as change:
            await change("other", BOTH)

    if code:
        with pytest.raises(ApiError, match=message) as raised:
            asyncio.run(load())
        assert raised.value.code == code
    else:
        asyncio.run(load())
    assert two.offered == (None if code else BOTH)


def test_nobody_changes_for_a_caller_that_leaves(tmp_path: Path) -> None:
    one, two = (Agreement(tmp_path, index) for index in range(2))
    one.join()
    two.join()

    async def leave() -> None:
        if two.news:
            raise asyncio.CancelledError

    async def load() -> None:
        async with one.alone(leave) as change:
            await change("other", BOTH)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(load())
    assert (two.offered, two.news and two.news.step) == (None, CANCEL)


def test_a_start_and_an_order_wait_for_each_other(tmp_path: Path) -> None:
    one = Agreement(tmp_path, 0, seconds=0.1)
    one.join()
    starting = Agreement(tmp_path, 1)

    async def nothing() -> None: ...

    async def give() -> None:
        async with one.alone(nothing):
            with (tmp_path / "models.lock").open() as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # as a process that starts, which waits

    with pytest.raises(ApiError, match="ask again") as raised:
        asyncio.run(give())
    assert raised.value.code == "unavailable"
    starting.join()
    asyncio.run(give())
