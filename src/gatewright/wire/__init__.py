"""Bytes to events and back, without sockets: HTTP/1.1 as server and as client, sizes and limits."""
