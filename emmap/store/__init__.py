"""The store: versions in, answers out, in PostgreSQL with PostGIS."""
