"""What the service withstands, on loopback: `PYTHONPATH=tests:. python tests/bench/attacks.py [ATTACK …]`.

Each attack runs against a fresh service with its default limits, from an address of its own, beside four callers of
single sentences, one who asks for /healthz, and one who asks for a sentence, a batch, a document and words of /v2, over
HTTP and where grpcio is installed over gRPC too, in turn. The table shows the times of the first two, quiet and under
attack, what the last one got and how many of its answers were others than without an attack, the answers that the
attackers got (0: none in three times the seconds), the CPU seconds and the largest memory of the service.
"""

import argparse
import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import httpx
from servers import cpu_seconds, resident
from service import Service

LONG = "好" * 20_000
SENTENCE = "今天天气很好，我们去公园散步。"
LINE = f"{SENTENCE}\n".encode("gb18030")
PLAIN, JSON = "text/plain; charset=gb18030", "application/json"
Body = dict[str, Any] | tuple[str, bytes]  # a value as JSON, or a content type and the bytes


def nested(strength: str, lengths: range) -> dict[str, Any]:
    return {"texts": [LONG], "entries": [{"word": "好" * n, "strength": strength} for n in lengths]}


# Name, body, callers at once, whether they read their answers.
ATTACKS: dict[str, tuple[Body, int, bool]] = {
    "34,000 known words over all": ({"texts": [LONG], "given": [[{"start": 0, "end": 20_000}] * 34_000]}, 4, True),
    "95,000 known boundaries": ({"texts": ["我喜欢北京。"], "given": [[{"at": 1}] * 95_000]}, 4, True),
    "every word of 20,000 known": (
        {"texts": [LONG], "given": [[{"start": i, "end": i + 1} for i in range(20_000)]]},
        2,
        True,
    ),
    "64 nested words to join": (nested("join", range(1, 65)), 4, True),
    "64 nested words to forbid": (nested("forbid", range(1, 65)), 4, True),
    "64 nested words to prefer": (nested("prefer", range(1, 65)), 4, True),
    "31 nested words to force": (nested("force", range(33, 64)), 4, True),
    "a word of 15 to forbid": (nested("forbid", range(15, 16)), 4, True),
    "long texts": ({"texts": [LONG] * 8}, 4, True),
    "alternatives beyond all time": ({"texts": ["好" * 300] * 1024, "nbest": 10}, 4, True),
    "answers that nobody reads": ({"texts": [LONG], "search": 0.01}, 32, False),
    "15 MB of gb18030, wrong at the end": ((PLAIN, LINE * 480_000 + b"\xff"), 4, True),
    "15 MB in one line": ((PLAIN, LINE[:-1] * 490_000), 4, True),
    "1 MB of empty lists": ((JSON, b"[" + b"[]," * 330_000 + b"1]"), 4, True),
}


@dataclass
class Seen:
    """Times of answers in milliseconds, how often each status came (0 for none, names are of gRPC), and the connections
    that are open."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int | str] = field(default_factory=Counter)
    connections: list[socket.socket] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def got(self) -> str:
        return ", ".join(
            f"{n} × {status}" for status, n in sorted(self.statuses.items(), key=lambda item: str(item[0]))
        )

    def leave(self) -> None:
        """End the connections of callers who still wait."""
        for connection in self.connections:
            with contextlib.suppress(OSError):  # it has ended
                connection.shutdown(socket.SHUT_RDWR)


def post(body: Body) -> bytes:
    if isinstance(body, tuple):
        kind, data = body
    else:
        kind, data = JSON, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = f"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def call(port: int, source: str, data: bytes, seen: Seen, stop: threading.Event, *, reads: bool, pace: float) -> None:
    """Ask again and again on one connection until `stop`; without reading, on a new one each time."""
    opened: list[socket.socket] = []
    while not stop.is_set():
        connection = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
        opened.append(connection)
        seen.connections.append(connection)
        try:
            while not stop.is_set():
                began = time.perf_counter()
                connection.sendall(data)
                if not reads:
                    stop.wait(0.5)
                    break
                seen.statuses[read_status(connection)] += 1
                seen.times.append((time.perf_counter() - began) * 1e3)
                stop.wait(pace)
        except OSError:
            seen.statuses[0] += 1
    for connection in opened:
        connection.close()


def read_status(connection: socket.socket) -> int:
    """The status of the next answer, which is read to its end."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(1 << 16)
        if not part:
            raise ConnectionError
        answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(rest) < length:
        part = connection.recv(1 << 20)
        if not part:
            raise ConnectionError
        rest += part
    return int(head.split(b" ")[1])


Answer = tuple[int | str, bytes]  # a status and the content
Infer = Callable[[str, list[str]], Answer]  # from a model's name and texts


@contextlib.contextmanager
def called_by_grpc(port: int) -> Iterator[Infer | None]:
    """What asks for words over gRPC; None without a port."""
    if not port:
        yield None
        return
    import grpc

    from serve.grpc_messages import message_classes

    request = message_classes()["ModelInferRequest"]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        remote = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")

        def infer(model: str, texts: list[str]) -> Answer:
            contents = {"bytes_contents": [text.encode() for text in texts]}
            tensor = {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "contents": contents}
            message = request(model_name=model, inputs=[tensor]).SerializeToString()
            try:
                return "OK", remote(message, timeout=30)
            except grpc.RpcError as error:
                return error.code().name, b""

        yield infer


def ask_each(client: httpx.Client, infer: Infer | None) -> list[Answer]:
    """A sentence, a batch, a document, and words by /v2."""
    texts = [SENTENCE, "我喜欢北京。", "他说：“好。”"]
    name = client.get("/v1/models").json()["models"][0]["name"]
    tensor = {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "data": texts}
    document = "\n".join(texts).encode("gb18030")
    answers = [
        client.post("/v1/tag", json={"texts": texts[:1]}),
        client.post("/v1/tag", json={"texts": texts * 10, "offsets": "utf16"}),
        client.post("/v1/tag", content=document, headers={"Content-Type": PLAIN}),
        client.post(f"/v2/models/{name}/infer", json={"inputs": [tensor]}),
    ]
    over_http: list[Answer] = [(answer.status_code, answer.content) for answer in answers]
    return over_http + ([infer(name, texts)] if infer else [])


class Bench:
    """Callers beside an attack."""

    def __init__(self, service: Service, infer: Infer | None, wanted: list[Answer]) -> None:
        self.service, self.infer = service, infer
        self.health, self.singles, self.mixed, self.attack = Seen(), Seen(), Seen(), Seen()
        self.peak = 0.0
        self.n_wrong = 0
        self.wanted = wanted

    def run(self, seconds: float, attack: tuple[Body, int, bool] | None) -> None:
        stop, port = threading.Event(), self.service.port
        healthz, single = (
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            post({"texts": [SENTENCE]}),
        )
        callers: list[Callable[[], None]] = [
            lambda: self.compare(stop),
            lambda: call(port, "127.0.0.1", healthz, self.health, stop, reads=True, pace=0.01),
            *[lambda: call(port, "127.0.0.1", single, self.singles, stop, reads=True, pace=0.02)] * 4,
        ]
        if attack:
            body, n_callers, reads = attack
            data = post(body)
            callers += [lambda: call(port, "127.0.0.2", data, self.attack, stop, reads=reads, pace=0)] * n_callers
        threads = [threading.Thread(target=caller) for caller in callers]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.peak = max(self.peak, resident(self.service.process.pid))
            time.sleep(0.02)
        stop.set()
        end += 2 * seconds
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        self.attack.leave()
        for thread in threads:
            thread.join()

    def compare(self, stop: threading.Event) -> None:
        """Ask for each kind of answer again and again until `stop`, once at least."""
        with self.service.caller() as client:
            while True:
                for (status, content), wanted in zip(ask_each(client, self.infer), self.wanted, strict=True):
                    self.mixed.statuses[status] += 1
                    self.n_wrong += (status, content) != wanted and status in (200, "OK")
                if stop.wait(0.05):
                    return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"{', '.join(ATTACKS)}; default all")
    p.add_argument("--model", default="zh-small")
    p.add_argument("--seconds", type=float, default=5.0, help="quiet, and under each attack")
    o = p.parse_args()
    print(
        "| attack | /healthz p99 ms | singles p99 quiet | under attack | worst refusal s | others got "
        "| attackers got | CPU s | MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    grpc_port = free_port() if find_spec("grpc") else 0
    for name in o.attacks or ATTACKS:
        with (
            Service("--model", o.model, "--access-log", "no", "--grpc-port", str(grpc_port)) as service,
            called_by_grpc(grpc_port) as infer,
        ):
            wanted = ask_each(service.client, infer)
            quiet = Bench(service, infer, wanted)
            quiet.run(o.seconds, None)
            cpu, bench = cpu_seconds(service.process.pid), Bench(service, infer, wanted)
            bench.run(o.seconds, ATTACKS[name])
            cpu = cpu_seconds(service.process.pid) - cpu
        print(
            f"| {name} | {bench.health.percentile(0.99):.0f} | {quiet.singles.percentile(0.99):.0f} "
            f"| {bench.singles.percentile(0.99):.0f} | {max(bench.attack.times, default=0) / 1e3:.1f} "
            f"| {bench.mixed.got()}, {bench.n_wrong} wrong | {bench.attack.got()} | {cpu:.1f} | {bench.peak:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
