"""What runs on a batch: a Python function or a shell command."""
