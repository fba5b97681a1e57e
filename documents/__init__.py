"""Documents shared in a room, encrypted at rest."""
