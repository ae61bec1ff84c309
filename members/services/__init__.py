"""The only writers of the members app, by idea."""
