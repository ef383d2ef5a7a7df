"""The HTTP service: texts in, words out, with the model files that `tagger.tag` reads. It needs no torch.

`python -m serve --model NAME.onnx` starts it; `docs/serve.md` describes its API. The way of a request: `protocol`
(limits of a connection), `middleware` (id, keys, errors, log), `app` (paths), `v1`, `v2` or `inspect` (handlers),
`body` and `v1_requests` or `v2_requests` (reading, and checking by the schema that `openapi` shows), `engine`
(deadline), `batcher` (queue and threads), `inference` (the model).
`grpc_service` is another way in to the same engine. `supervisor` starts several processes (`child`) behind one socket;
`assembly` puts the parts of one together, for its own `server` or, by `asgi`, for another.
"""
