"""Communities, their members and teams: who they are, who may see them, how they come in and how they are forgotten."""
