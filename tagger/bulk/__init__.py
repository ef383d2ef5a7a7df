"""Files to files: many texts, in one process, in several, or on a cluster."""
