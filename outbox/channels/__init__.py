"""Ways for a letter to leave. `contract` says what one must promise; each other module is one of them."""
