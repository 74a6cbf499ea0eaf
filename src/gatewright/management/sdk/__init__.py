"""Clients of a deployed stage, generated: `javascript`, with the library in `client/` that it calls."""
