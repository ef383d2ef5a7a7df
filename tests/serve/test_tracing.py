import gzip
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from service import Service


def test_a_request_is_a_span_of_its_callers_trace(small_model: Path) -> None:
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

    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        Thread(target=collector.serve_forever, daemon=True).start()
        with Service(
            "--model", small_model, "--traces", f"http://127.0.0.1:{collector.server_port}/v1/traces"
        ) as service:
            headers = {"traceparent": f"00-{trace}-{parent}-01"}
            answer = service.client.post("/v1/tag", json={"texts": ["机密"]}, headers=headers)
            assert answer.status_code == 200
            assert service.wait_for("request")["trace_id"] == trace
            assert service.client.get("/nothing").status_code == 404
        collector.shutdown()
    [spans] = [scope.spans for resource in received.resource_spans for scope in resource.scope_spans]
    *steps, tagged, lost = spans
    assert answer.headers["traceresponse"] == f"00-{trace}-{tagged.span_id.hex()}-01"
    assert (tagged.name, tagged.trace_id.hex(), tagged.parent_span_id.hex()) == ("POST /v1/tag", trace, parent)
    values = {
        attribute.key: attribute.value.int_value or attribute.value.string_value for attribute in tagged.attributes
    }
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
