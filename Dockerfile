# The service without torch, with the models of the package; it serves zh-small unless told otherwise:
#   docker build -t tagger . && docker run --read-only -p 8000:8000 tagger
#   docker run --read-only -p 8000:8000 -v "$PWD/models:/models:ro" tagger --model /models/NAME.onnx
# EXTRAS: what else of pyproject.toml the image has, such as --build-arg EXTRAS=grpc,otel,zstd for --grpc-port, --traces and
# bodies packed by zstd; none by default. Dictionaries and patterns are always there.
# BASE: any image with Python 3.11 and its venv module as python3, which user 10001 may execute (not below /root); the
# same for both stages. Give it with its digest to build the same image again:
# --build-arg BASE=python:3.11-slim-bookworm@sha256:… VERSION and REVISION become labels.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
# Third parties first: they change less often than our code.
COPY constraints.txt ./
RUN python3 -m venv /opt/tagger && /opt/tagger/bin/pip install --no-cache-dir -c constraints.txt \
    numpy onnxruntime starlette uvicorn httptools uvloop orjson jsonschema-rs prometheus-client daachorse google-re2
COPY pyproject.toml README.md LICENSE ./
COPY tagger tagger
COPY serve serve
COPY conf conf
ARG EXTRAS=
RUN /opt/tagger/bin/pip install --no-cache-dir -c constraints.txt ".[serve${EXTRAS:+,$EXTRAS}]" \
    && /opt/tagger/bin/python -m compileall -q /opt/tagger/lib \
    && /opt/tagger/bin/pip uninstall --yes --quiet pip setuptools

FROM ${BASE}
ARG VERSION=unknown REVISION=unknown
LABEL org.opencontainers.image.title="tagger" \
      org.opencontainers.image.description="Chinese words and parts of speech over HTTP" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/tagger /opt/tagger
# Nothing is written but figures that processes share, in /dev/shm: the root file system can be read-only.
# Any address, because the container is the boundary. Another port: -e TAGGER_PORT=…, which the health check reads.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TAGGER_HOST=0.0.0.0 TAGGER_PORT=8000
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/opt/tagger/bin/python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"TAGGER_PORT\"]}/readyz', timeout=2)"]
ENTRYPOINT ["/opt/tagger/bin/python", "-m", "serve"]
CMD []
