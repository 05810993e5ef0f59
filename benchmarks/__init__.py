"""Measurements of speed and memory, each run by itself: `python -m benchmarks.<name> --help`."""
