"""One node, joined: the only floor that knows the parts of all others. Read `node.py` first; there is no logic here.

`process.py` is what the node has of its operating system, `base.py` what every part stands on, `neighbours.py` the AWS
services around it, `limits.py` how often callers may call, `data_plane.py` what serves the deployed APIs.
"""

from gatewright.app.node import GRACE_SECONDS, run
from gatewright.app.process import StartError

__all__ = ["GRACE_SECONDS", "StartError", "run"]
