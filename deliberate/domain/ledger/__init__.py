"""The ledger's rules: Merkle trees, leaves with a commitment per field, signed notes; see docs/ledger.md."""
