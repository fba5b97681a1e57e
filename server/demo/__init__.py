"""The demo: a made-up partnership and family, and its sign-in provider."""
