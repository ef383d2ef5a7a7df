import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from service import Service

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@contextmanager
def collector() -> Iterator[tuple[str, ExportTraceServiceRequest]]:
    """A collector of spans: its address, and what it has received."""
    received = ExportTraceServiceRequest()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.MergeFrom(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
        server.shutdown()


def spans_of(received: ExportTraceServiceRequest) -> list[Any]:
    [spans] = [scope.spans for resource in received.resource_spans for scope in resource.scope_spans]
    return list(spans)


def values_of(span: Any) -> dict[str, int | str]:
    return {found.key: found.value.int_value or found.value.string_value for found in span.attributes}


def test_a_request_is_a_span_of_its_callers_trace(small_model: Path) -> None:
    with collector() as (address, received), Service("--model", small_model, "--traces", address) as service:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        answer = service.client.post("/v1/tag", json={"texts": ["机密"]}, headers=headers)
        assert answer.status_code == 200
        assert service.wait_for("request")["trace_id"] == TRACE
        assert service.client.get("/nothing").status_code == 404
    *steps, tagged, lost = spans_of(received)
    assert answer.headers["traceresponse"] == f"00-{TRACE}-{tagged.span_id.hex()}-01"
    assert (tagged.name, tagged.trace_id.hex(), tagged.parent_span_id.hex()) == ("POST /v1/tag", TRACE, PARENT)
    values = values_of(tagged)
    assert (values["http.response.status_code"], values["tagger.texts"], values["tagger.model"]) == (200, 1, "small")
    assert [step.name for step in steps] == ["read", "queue", "inference", "render"]
    assert {(step.trace_id, step.parent_span_id) for step in steps} == {(tagged.trace_id, tagged.span_id)}
    times = [time for step in steps for time in (step.start_time_unix_nano, step.end_time_unix_nano)]
    assert times == sorted(times)
    assert tagged.start_time_unix_nano - 10**6 < times[0] < times[-1] < tagged.end_time_unix_nano + 10**6
    assert lost.name == "GET other"
    assert not lost.parent_span_id
    assert "机密" not in str(received)
    assert "机密".encode() not in received.SerializeToString()


def test_a_call_of_grpc_has_the_same_spans(small_model: Path) -> None:
    grpc = pytest.importorskip("grpc", reason="gRPC is not installed; pip install 'hantagger[grpc]'")
    from serve.grpc_messages import message_classes

    messages = message_classes()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with collector() as (address, received):
        flags = ["--model", small_model, "--traces", address, "--grpc-port", str(port)]
        with Service(*flags) as service, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            infer = channel.unary_unary(
                "/inference.GRPCInferenceService/ModelInfer",
                request_serializer=messages["ModelInferRequest"].SerializeToString,
                response_deserializer=messages["ModelInferResponse"].FromString,
            )
            contents = {"bytes_contents": ["机密".encode()]}
            texts = {"name": "text", "datatype": "BYTES", "shape": [1], "contents": contents}
            metadata = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)
            infer(messages["ModelInferRequest"](model_name="small", inputs=[texts]), metadata=metadata, timeout=20)
            line = service.wait_for("request")
            assert line["trace_id"] == TRACE
            with pytest.raises(grpc.RpcError, match="NOT_FOUND"):
                infer(messages["ModelInferRequest"](model_name="nosuch"), timeout=20)
    *steps, tagged, lost = spans_of(received)
    name = "inference.GRPCInferenceService/ModelInfer"
    assert (tagged.name, tagged.trace_id.hex(), tagged.parent_span_id.hex()) == (name, TRACE, PARENT)
    assert (values_of(tagged)["rpc.method"], values_of(tagged)["tagger.id"]) == ("ModelInfer", line["id"])
    assert [step.name for step in steps] == ["read", "queue", "inference", "render"]
    assert {(step.trace_id, step.parent_span_id) for step in steps} == {(tagged.trace_id, tagged.span_id)}
    assert (lost.name, values_of(lost)["rpc.grpc.status_code"]) == (name, grpc.StatusCode.NOT_FOUND.value[0])
    assert "机密".encode() not in received.SerializeToString()
