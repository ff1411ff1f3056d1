"""Runs whose directory is a URL: they are worked on in a local copy, and what others must see is put at the URL."""
