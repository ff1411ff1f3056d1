"""Where batches are worked on: one module a backend, and the choice among them."""
