"""Sites, sensors, arrangements and the reference population, read as package data."""
