"""Files to files: many texts, several processes, whole outputs."""
