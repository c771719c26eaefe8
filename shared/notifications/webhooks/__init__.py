"""Events to other systems: who is told of what, and what became of it."""
