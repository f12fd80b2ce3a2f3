"""The demo community: synthetic people, six matters at six stages."""
