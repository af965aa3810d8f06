"""Timings, as ratios inside one run. `python -m benchmarks.inference`, `python -m benchmarks.app`."""
