"""Forms of rituals, wordings and attentions, by idea."""
