"""The management APIs: from a signed request to the record it reads or changes."""
