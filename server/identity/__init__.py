"""Who signed in, and for how long."""
