"""A measure of how much somebody may do: it fills by itself, and what is taken must be there."""


class Bucket:
    """Fills at `rate` a second up to `capacity`; begins full."""

    __slots__ = ("at", "capacity", "level", "rate")

    def __init__(self, rate: float, capacity: float, now: float) -> None:
        """Begin full."""
        self.rate = rate
        self.capacity = capacity
        self.level = capacity
        self.at = now

    def take(self, amount: float, now: float) -> bool:
        """Take `amount` if it is there; say whether it was."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now
        if amount > self.level:
            return False
        self.level -= amount
        return True

    def give_back(self, amount: float) -> None:
        """Put back what was taken and not used."""
        self.level = min(self.capacity, self.level + amount)
