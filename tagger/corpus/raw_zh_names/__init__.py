"""Names of persons, places and organisations in real Chinese text, without the text: see README.md beside this file."""
