"""kill -9 under load: no acknowledged consent lost, none doubled by the client's retry (DESIGN §4, rule 15).

`load` is the households, `victims` what is killed, `verdict` the comparison of what was acknowledged with what
the store holds. `scripts/crash.py` runs any number of kills.
"""
