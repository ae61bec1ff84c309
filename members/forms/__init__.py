"""Forms of the members app, by idea."""
