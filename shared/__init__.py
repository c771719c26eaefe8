"""Huiyin, the product: everything but the doors."""
