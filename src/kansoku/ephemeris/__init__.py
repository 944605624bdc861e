"""Where everything is: time grid, SGP4, frames, Sun and Moon."""
