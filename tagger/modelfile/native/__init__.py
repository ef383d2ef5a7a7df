"""The compiled kernel of `tagger-native`, which computes what onnxruntime does, faster for many rows at once."""
