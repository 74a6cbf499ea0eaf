"""The other AWS services: an endpoint for each, the embedded moto server, and requests passed through to them."""
