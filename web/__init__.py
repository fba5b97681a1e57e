"""Pages, forms and the live socket."""
