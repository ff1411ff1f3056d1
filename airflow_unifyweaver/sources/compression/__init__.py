"""Compressed files: a module each for what is read by blocks, and for what is unpacked as one stream."""
