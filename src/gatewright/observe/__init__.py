"""Logs and metrics: what the data plane has to tell, sent out."""
