"""Ids, errors, clock, settings and the database: what every part stands on."""
