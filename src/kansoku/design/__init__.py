"""What to build and sign: model, terms, cuts, search."""
