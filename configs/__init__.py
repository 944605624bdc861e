"""Runnable study configurations, read as package data."""
