"""Actions: who does what by when, for which change."""
