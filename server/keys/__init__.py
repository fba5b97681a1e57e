"""The keys that rows and files are sealed under, and their destruction."""
