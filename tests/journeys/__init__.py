"""Tests of whole journeys, by behaviour, over the real app in real browsers."""
