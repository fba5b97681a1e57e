"""Who is who: agencies, members, teams and their places."""
