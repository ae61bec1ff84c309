"""The only writers of attentions and rituals, by idea."""
