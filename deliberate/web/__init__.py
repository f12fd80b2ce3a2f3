"""Pages: one blueprint per job. A view parses, does one deed, answers."""
