"""Who signed a request."""
