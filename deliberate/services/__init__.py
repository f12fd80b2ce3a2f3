"""Deeds: one function, one sentence each. They check the right, flush, and never commit."""
