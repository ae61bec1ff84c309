"""Everything that leaves: messages, channels, preferences, and the brakes."""
