"""Timings, as ratios inside one run: `python -m benchmarks.inference`, `benchmarks.app`."""
