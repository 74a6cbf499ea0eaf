"""Where configuration lives: records as JSON documents, changed in transactions, announced as a feed of changes."""
