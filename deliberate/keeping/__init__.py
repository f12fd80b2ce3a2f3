"""Keeping a store: copied to another kind, backed up while it is in use, restored and verified (docs/running.md)."""
