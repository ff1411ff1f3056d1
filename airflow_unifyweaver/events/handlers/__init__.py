"""Built-in event handlers, one file each."""
