"""What happens to batches, as events: their schema, the journal, the bus and its handlers."""
