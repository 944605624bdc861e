"""The answer page and its figures, from the cube alone."""
