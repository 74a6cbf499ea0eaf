"""What a method or a route calls, one file per integration type of AWS."""
