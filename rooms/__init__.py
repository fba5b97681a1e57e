"""Rooms, their teams, and the plan that is written together."""
