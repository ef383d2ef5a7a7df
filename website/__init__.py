"""The documentation site: pages of docs/ and a reference from the code, as sources for Zensical (`make site`)."""
