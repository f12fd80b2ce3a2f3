"""The commands of `deliberate` by noun; each a thin shell over one deed."""
