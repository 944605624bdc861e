"""Results as labelled cubes: names, units, provenance."""
