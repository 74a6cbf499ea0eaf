"""What a method calls, one file per integration type of AWS."""
