"""How fast, beside a bare application that does the same durable work: `make bench`, `make bench-full`."""
