"""Kernels on a GPU: their sources in gpu/, compiled when first needed, launched by name."""
