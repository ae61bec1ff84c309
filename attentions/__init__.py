"""Small attentions: their kinds, the rituals of a community, planning, wording and approval."""
