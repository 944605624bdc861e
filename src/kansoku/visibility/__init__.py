"""Who sees what, when: geometry, illumination, photometry, radar, and their conjunction."""
