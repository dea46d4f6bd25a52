"""Django's own engine for SQLite, with another way to wait for whoever writes."""
