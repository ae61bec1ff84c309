"""Pages of the members app, by idea."""
