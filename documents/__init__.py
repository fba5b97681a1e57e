"""Documents: files of a room, sealed at rest and streamed in and out."""
