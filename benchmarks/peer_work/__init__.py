"""The work of each peer, run in its own environment; see `benchmarks.peers`."""
