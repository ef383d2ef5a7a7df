"""Gates and states of a model file's net."""
