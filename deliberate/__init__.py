"""Deliberate: a residents' council from the first idea to the last household's consent."""
