"""Pages in great number, played against a live server in a process of their own."""
