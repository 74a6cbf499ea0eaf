"""How the gateway asks its embedded moto server whose an access key is, or what a role may do: words both sides know.

The secret is new with each gateway: another program of this machine may find the server's port.
"""

PRINCIPALS = "/moto-api/gatewright/principals/"  # and the access key
ROLES = "/moto-api/gatewright/roles/"  # and the session's name, a slash, the role's ARN
SECRET_VARIABLE = "GATEWRIGHT_MOTO_SECRET"  # by which the child process is told
SECRET_NAME = "x-gatewright-secret"
SECRET_HEADER = "HTTP_X_GATEWRIGHT_SECRET"  # the same, as a WSGI server calls it
