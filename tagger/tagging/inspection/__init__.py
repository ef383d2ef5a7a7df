"""What the net of a model file computes for a sentence: gates, states, scores, words with their probabilities."""
