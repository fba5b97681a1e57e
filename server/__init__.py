"""The roof and the ground of Tacroom: loose files assemble, folders are what all stand on."""
