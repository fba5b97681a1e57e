"""Keys of rooms and files: made, used and destroyed in one place."""
