"""AWS's own words as data: service models, their decoding and encoding, ids, ARNs and pages."""
