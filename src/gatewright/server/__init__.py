"""Sockets: the listener and its connections, the client of HTTP backends, and the one sweep that watches both."""
