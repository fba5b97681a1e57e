"""Every query on the rows of families, consent, protections and decisions about sharing."""
