"""Who is told when a clock warns, breaches and climbs the chain."""
