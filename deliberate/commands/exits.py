"""How a command leaves: 0 done, 1 refused, 2 misused (click's own)."""

REFUSED = 1
