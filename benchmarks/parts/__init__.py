"""What the benchmarks have in common: a corpus, the truth about it, environments for peers, measured processes."""
