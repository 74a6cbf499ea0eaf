"""What only HTTP APIs have: routes, CORS, parameter mapping, their integrations and errors."""
