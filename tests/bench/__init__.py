"""Measurements: each module has `run(scale) -> dict[str, float]`."""
