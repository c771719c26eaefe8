"""Clocks: the promises made on a case, and the working time they are counted in. See docs/clocks.md."""
