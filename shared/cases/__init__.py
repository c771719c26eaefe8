"""Cases: a complaint from its receipt to its closing."""
