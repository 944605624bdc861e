"""What must be watched: catalogues, the reference population, sizes and groups."""
