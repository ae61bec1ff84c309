"""Pages of the outbox, by idea."""
