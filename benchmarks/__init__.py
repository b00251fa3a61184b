"""Measurements, side by side in one run: ``make bench`` writes docs/benchmarks/latest.json. Ratios travel, times do not."""
