"""The whole API against input made from its own description."""
