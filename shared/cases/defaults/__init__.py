"""Policy data that every new OEM starts with."""
