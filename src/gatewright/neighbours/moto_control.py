"""The words between the gateway and its embedded moto server: two secrets, new with each gateway, which the child
process is told in its environment.

The first goes with every call and opens the server: else any web page that finds its port could make itself keys, and
any integration of an API lead there. The second opens the server's controls, by which the gateway asks whose an access
key is or what a role may do: clients choose paths of calls that are passed on.
"""

PRINCIPALS = "/moto-api/gatewright/principals/"  # and the access key; without one all keys are told
ROLES = "/moto-api/gatewright/roles/"  # and the session's name, a slash, the role's ARN
SECRETS_VARIABLE = "GATEWRIGHT_MOTO_SECRETS"  # the two, with a space between
DOOR_NAME = "x-gatewright-door"
CONTROL_NAME = "x-gatewright-control"
DOOR_HEADER = "HTTP_X_GATEWRIGHT_DOOR"  # the same, as a WSGI server calls them
SESSION_NAME = "x-gatewright-session"  # to STS: a function's session, told as after ROLES
CONTROL_HEADER = "HTTP_X_GATEWRIGHT_CONTROL"
