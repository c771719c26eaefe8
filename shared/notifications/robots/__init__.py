"""Robots in groups of a chat that hear of what is late."""
