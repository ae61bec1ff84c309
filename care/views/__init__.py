"""Pages of the project itself, by idea."""
