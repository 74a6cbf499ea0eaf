"""Frozen words that every floor may speak: requests, responses, headers, refusals, answers that come later."""
