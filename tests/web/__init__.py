"""Tests of pages and sockets."""
