"""What visibility is worth: tracks, demand cells, gaps."""
