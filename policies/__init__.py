"""What may be done, by agreement clause and house rule, decided by Casbin."""
