"""How often callers may call: API keys, throttles and quotas. `method_throttle.py` asks for them all."""
