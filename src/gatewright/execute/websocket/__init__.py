"""What only WebSocket APIs have: connections, route selection, messages and what answers them."""
