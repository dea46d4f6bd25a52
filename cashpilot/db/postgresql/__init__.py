"""Django's own engine for PostgreSQL, with a limit for how long a server may say nothing."""
