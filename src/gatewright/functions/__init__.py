"""The Lambda service: packages, sandboxes, the Runtime API and its management operations."""
