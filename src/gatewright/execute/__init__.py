"""The data plane: what happens to a request between the socket and the integration. Read `rest.py` first,
then `http_api.py` and `websocket_api.py`.
"""
