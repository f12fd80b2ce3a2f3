"""The verifier that goes with every bulletin: `verify.py` and `verify.html`, which know nothing of ours."""
