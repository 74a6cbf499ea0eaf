"""Small languages: text in, something to run out. They know nothing of API Gateway."""
