"""Opening hours, holidays and make-up working days, kept as versioned data."""
