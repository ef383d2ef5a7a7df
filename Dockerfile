# The service without torch, with the models of the package and the page /local; it serves zh-small unless told otherwise:
#   docker build -t tagger . && docker run --read-only -p 8000:8000 tagger
#   docker run --read-only -p 8000:8000 -v "$PWD/models:/models:ro" tagger --model /models/NAME.onnx
# EXTRAS: any of grpc, otel and zstd, for --grpc-port, --traces and bodies packed by zstd, such as --build-arg
# EXTRAS=grpc,otel; none by default. Dictionaries and patterns are always there.
# BASE: any image with Python 3.11 and its venv module as python3, for x86_64 and with glibc, which user 10001 may execute
# (not below /root); the same for both stages. Give it with its digest to build the same image again:
# --build-arg BASE=python:3.11-slim-bookworm@sha256:… NODE: any image with npm. VERSION and REVISION become labels.
ARG BASE=python:3.11-slim-bookworm
ARG NODE=node:22-bookworm-slim

# What /local runs the model with, as `make page` has it.
FROM ${NODE} AS page
ARG ORT=onnxruntime-web-1.30.0
ARG ORT_SHA256=d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71
WORKDIR /page
RUN npm pack --silent "onnxruntime-web@${ORT#onnxruntime-web-}" && echo "$ORT_SHA256  $ORT.tgz" | sha256sum -c - \
    && mkdir ort && tar -xzf "$ORT.tgz" -C ort --strip-components=2 \
        package/dist/ort.wasm.min.mjs package/dist/ort-wasm-simd-threaded.mjs package/dist/ort-wasm-simd-threaded.wasm \
    && gzip -9 --keep ort/*.wasm

FROM ${BASE} AS build
WORKDIR /src
# Third parties first: they change less often than our code. Each wheel has its hash.
COPY deploy/requirements deploy/requirements
ARG EXTRAS=
RUN python3 -m venv /opt/tagger && python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --no-deps -r deploy/requirements/build.txt \
    && for extra in serve $(echo "$EXTRAS" | tr , ' '); do \
        /opt/tagger/bin/pip install --no-cache-dir --require-hashes --no-deps -r "deploy/requirements/$extra.txt" \
        || exit 1; done
COPY pyproject.toml README.md LICENSE ./
COPY tagger tagger
COPY serve serve
COPY conf conf
COPY --from=page /page/ort serve/page/ort
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/tagger/bin/pip install --no-deps --no-index dist/*.whl \
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
