"""Words and tags of real Chinese text in the standard `words`, without the text: see README.md beside this file."""
