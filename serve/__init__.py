"""The HTTP service: texts in, words out, from the same model files that `tagger.tag` reads; no torch.

`python -m serve --model NAME.onnx` starts it. What it answers is described in `docs/serve.md`.
"""
