"""Benchmarks of the heart of the product against its peers, in one run on one machine."""
