"""The same model behind other servers, as their first pages show: `python tests/bench/peer.py fastapi MODEL PORT`."""

import sys
from typing import Any

from tagger.tagging.tagger import load
from tagger.text.sentence import Sentence


def words(sentence: Sentence) -> dict[str, Any]:
    """The result of one text, as the service gives it."""
    return {"words": [word._asdict() for word in sentence.words]}


def fastapi(model: str, port: int) -> None:
    """A handler in FastAPI's thread pool that calls the tagger."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Texts(BaseModel):
        texts: list[str]

    app, tagger = FastAPI(), load(model)

    @app.post("/v1/tag")
    def tag(body: Texts) -> dict[str, Any]:
        return {"results": [words(sentence) for sentence in tagger.tag(body.texts)]}

    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    name, path, number = sys.argv[1:]
    if name == "fastapi":
        fastapi(path, int(number))
    else:
        import peer_litserve

        peer_litserve.serve(path, int(number), batch=64 if name == "litserve-batched" else 1)
