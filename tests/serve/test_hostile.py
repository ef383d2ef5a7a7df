"""Connections that no honest client makes, and bytes that it never sends."""

import json
import socket
import struct
import threading
import time

import httpx
import pytest
from service import Service, read_all, read_answer

from tagger.tagging.tagger import Tagger

pytestmark = pytest.mark.usefixtures("still_right")


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def error(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"])


def test_what_is_not_http(service: Service) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 5000):
        answer = service.exchange(data)
        assert (status(answer), error(answer)) == (400, "bad_request")


def test_what_is_refused_unread_leaves_a_trace(service: Service) -> None:
    def n_refused() -> float:
        lines = service.client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("tagger_refusals_total"))

    before = n_refused()
    answer = service.exchange(b"hello\r\n\r\n")
    request_id = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["request_id"]
    assert f"\r\nx-request-id: {request_id}\r\n".encode() in answer
    assert n_refused() == before + 1
    while (logged := service.wait_for("refused"))["id"] != request_id:  # of tests before this one
        pass
    fields = {name: logged[name] for name in ("event", "status", "code", "client")}
    assert fields == {"event": "refused", "status": 400, "code": "bad_request", "client": "127.0.0.1"}


@pytest.mark.parametrize("target", [b"/\xff\xfe", b"http://[::1", b"*", b"/%ff%fe", b"/%00", b"/" + b"a" * 9000])
def test_strange_targets(service: Service, target: bytes) -> None:
    answer = service.exchange(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status(answer) in (400, 404)
    assert error(answer) in ("bad_request", "not_found")
    assert (b"percent-encode" in answer) == (not target.isascii())


def test_a_greeting_of_tls_is_no_url(service: Service) -> None:
    answer = service.exchange(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(128, 160)))
    assert (status(answer), error(answer)) == (400, "bad_request")
    assert b"expected HTTP/1.1" in answer


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"x-%d: y\r\n" % i for i in range(5000)),
        b"x: " + b"y" * 100_000 + b"\r\n",
        b"x" * 100_000 + b": y\r\n",
        b"x: " + b"y" * 100_000,  # no end in sight
    ],
)
def test_floods_of_headers(service: Service, headers: bytes) -> None:
    with service.connect() as connection:
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
            answer = read_all(connection)
        except ConnectionError:  # refused while we were still sending
            return
    assert (status(answer), error(answer)) == (431, "headers_too_large")


def test_a_request_after_a_flood_on_the_same_connection_is_not_blamed(service: Service) -> None:
    with service.connect() as connection:
        for _ in range(3):  # 10 kB of headers each, 16 kB allowed
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 10_000 + b"\r\n\r\n")
            assert status(read_answer(connection)) == 200


def test_headers_that_never_end(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        answer = read_all(connection)
    assert (status(answer), error(answer)) == (408, "too_slow")
    with service.connect() as connection:
        assert read_all(connection) == b""  # nothing was asked
    with service.connect() as connection:  # after a request too
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status(read_answer(connection)) == 200
        connection.sendall(b"GET /he")
        assert status(read_all(connection)) == 408


def test_bodies_that_never_end(service: Service) -> None:
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for rest in (b'Content-Length: 100\r\n\r\n{"te', b"Transfer-Encoding: chunked\r\n\r\n4\r\n{"):
        with service.connect() as connection:
            connection.sendall(head + rest)
            answer = read_answer(connection)
        assert (status(answer), error(answer)) == (408, "too_slow")


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain"])
def test_ten_megabytes(service: Service, kind: bytes) -> None:
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind + b"\r\n"
    answer = service.exchange(head + b"Connection: close\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 1000)
    assert (status(answer), error(answer)) == (413, "too_large")
    with service.connect() as connection:  # no length given beforehand
        connection.sendall(head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        except ConnectionError:
            return
        answer = read_all(connection)
    assert (status(answer), error(answer)) == (413, "too_large")


def test_who_sends_ten_megabytes_before_reading_gets_to_know_why(service: Service) -> None:
    for kind in ("application/json", "text/plain"):
        answer = service.client.post("/v1/tag", content=b"x" * 10_000_000, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert service.client.post("/v1/tag", json={"texts": ["好"]}).status_code == 200


def test_the_rest_of_a_refused_body_does_not_hold_the_connection(service: Service) -> None:
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
    with service.connect() as connection:
        connection.sendall(head + b"x")
        assert status(read_answer(connection)) == 413
        connection.sendall(b"x")
        assert read_all(connection) == b""  # closed after --body-seconds


def test_wishes_that_are_not_granted(service: Service) -> None:
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n"
    assert status(service.exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")) == 200
    assert status(service.exchange(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n")) in (
        400,
        404,
        405,
    )
    assert status(service.exchange(b"TRACE /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == 405


def test_lengths_that_contradict_each_other(service: Service) -> None:
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for lengths in (b"Content-Length: -1\r\n", b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: x\r\n"):
        assert status(service.exchange(head + lengths + b"\r\n{}")) == 400
    both = b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert status(service.exchange(head + both)) == 400


def test_callers_that_leave(service: Service) -> None:
    body = json.dumps({"texts": ["好" * 1000] * 5}).encode()
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    for sent in (head[:30], head, head + body[:100], head + body):
        for _ in range(5):
            connection = service.connect()
            connection.sendall(sent)
            # A reset, not an orderly end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    figures = ""
    for _ in range(100):
        figures = service.client.get("/metrics").text
        if "tagger_queue_characters 0.0" in figures and "tagger_requests_open 1.0" in figures:
            break
        time.sleep(0.1)
    assert "tagger_queue_characters 0.0" in figures
    assert "tagger_requests_open 1.0" in figures


def test_a_thousand_idle_connections(service: Service) -> None:
    idle = [service.connect() for _ in range(1000)]
    try:
        assert service.client.get("/healthz").status_code == 200
    finally:
        for connection in idle:
            connection.close()


def test_more_connections_than_allowed(service: Service) -> None:
    idle = [service.connect() for _ in range(1500)]
    try:
        with service.connect() as connection:
            answer = read_all(connection)
        assert answer == b"" or (status(answer), error(answer)) == (503, "unavailable")
    finally:
        for connection in idle:
            connection.close()
    for _ in range(100):  # until the service has seen them go
        try:
            if service.client.get("/healthz").status_code == 200:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.05)


def test_requests_in_a_row_without_waiting(service: Service) -> None:
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    bodies = [json.dumps({"texts": ["好" * i]}).encode() for i in range(1, 21)]
    close = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = service.exchange(b"".join(head + b"Content-Length: %d\r\n\r\n" % len(b) + b for b in bodies) + close)
    parts = answer.split(b"HTTP/1.1 200 OK")[1:]
    answers = [json.loads(part.partition(b"\r\n\r\n")[2]) for part in parts]
    assert ["".join(w["form"] for w in answer["results"][0]["words"]) for answer in answers[:-1]] == [
        "好" * i for i in range(1, 21)
    ]
    assert answers[-1] == {"status": "alive"}


def test_a_reader_that_does_not_read_holds_nobody_up(service: Service) -> None:
    document = ("好" * 50 + "\n").encode() * 1000
    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(document)
    with service.connect() as connection:
        connection.sendall(head + document)
        for _ in range(5):
            assert service.client.post("/v1/tag", json={"texts": ["好"]}).status_code == 200


def test_hostile_callers_together(service: Service, small_tagger: Tagger) -> None:
    """Honest answers stay right while others misbehave."""
    stop = threading.Event()

    def misbehave(data: bytes) -> None:
        while not stop.is_set():
            try:
                with service.connect() as connection:
                    connection.sendall(data)
                    connection.settimeout(0.05)
                    connection.recv(100)
            except OSError:
                pass

    head = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
    bad = (b"\0" * 100, head, head + b'{"texts":["' + b"x" * 19, b"GET / HTTP/1.1\r\nx: " + b"y" * 50_000)
    threads = [threading.Thread(target=misbehave, args=(data,)) for data in bad]
    for thread in threads:
        thread.start()
    try:
        with service.caller() as client:
            for i in range(100):
                text = "今天天气很好，"[: i % 8] + "我喜欢"
                answer = client.post("/v1/tag", json={"texts": [text]}).json()
                assert [w["form"] for w in answer["results"][0]["words"]] == list(small_tagger(text).forms)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("hosts", [b"", b"Host: x\r\nHost: y\r\n", b"Host: x\r\nHost: x\r\n"])
def test_a_request_has_one_host(service: Service, hosts: bytes) -> None:
    answer = service.exchange(b"GET /healthz HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
    assert (status(answer), error(answer)) == (400, "bad_request")
    assert status(service.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")) == 200
