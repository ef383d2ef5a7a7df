"""Text and its analysis: sentences, characters, the tag scheme, blocks of rows, windows, presegmentation."""
