"""The tests of Tacroom, laid out as the packages are."""
