"""Finding and starting the real partners of the tests: PostgreSQL, Chromium, Node."""
