"""Pages of rituals and attentions, by idea."""
