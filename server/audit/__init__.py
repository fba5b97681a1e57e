"""The log: who did, or was refused, what, when and why, so that no change to it goes unseen."""
