"""Files kept outside the database: reports and attachments."""
