"""What a domain name asks of TLS: the oldest version, the strictness of the host name, and clients' certificates.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
"""

import re

from gatewright.management.noun import Change
from gatewright.management.patch import refused

LEGACY = ("TLS_1_0", "TLS_1_2")
_2025 = (
    *("TLS13_1_3_2025_09", "TLS13_1_3_FIPS_2025_09", "TLS13_1_2_PFS_PQ_2025_09", "TLS13_1_2_FIPS_PQ_2025_09"),
    *("TLS13_1_2_FIPS_PFS_PQ_2025_09", "TLS13_1_2_Ext2_PQ_2025_09", "TLS13_1_2_Ext2_FIPS_PQ_2025_09"),
    *("TLS13_1_2_PQ_2025_09", "TLS13_1_2_2021_06", "TLS13_2025_EDGE", "TLS12_PFS_2025_EDGE", "TLS12_2018_EDGE"),
)
SECURITY_POLICIES = (*LEGACY, *(f"SecurityPolicy_{name}" for name in _2025))

_TRUSTSTORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+", re.DOTALL)


def security_policy_settled(change: Change) -> None:
    """A policy that AWS has, made for the endpoint type. Those of 2025 need an endpoint access mode to go with them."""
    new = change.new
    policy, mode, types = new["securityPolicy"], new.get("endpointAccessMode"), new["endpointConfiguration"]["types"]
    if policy in LEGACY:
        if mode == "STRICT":
            raise refused(f"endpointAccessMode STRICT is not supported with the security policy {policy}")
        if policy == "TLS_1_0" and "PRIVATE" in types:
            raise refused(f"The security policy {policy} is not supported for private domain names")
        return
    if mode is None:
        raise refused(f"The security policy {policy} needs an endpointAccessMode")
    if policy.endswith("_EDGE") != ("EDGE" in types):
        raise refused(f"The security policy {policy} is not supported for the endpoint type {types[0]}")


def mutual_tls_settled(change: Change) -> None:
    """Clients' certificates: at REGIONAL names only, against a trust store in S3; an empty address means none."""
    new = change.new
    mutual = new.get("mutualTlsAuthentication") or {}
    if not mutual.get("truststoreUri"):
        new.pop("mutualTlsAuthentication", None)
    elif new["endpointConfiguration"]["types"] != ["REGIONAL"]:
        raise refused("Mutual TLS authentication is only supported for REGIONAL domain names")
    elif new["securityPolicy"] == "TLS_1_0":
        # Seen: badmintoncryer/cdk-preflight.
        raise refused("Mutual TLS authentication is only supported with TLS 1.2.")
    elif not _TRUSTSTORE.fullmatch(mutual["truststoreUri"]):
        raise refused(f"Invalid truststoreUri specified: {mutual['truststoreUri']}. Use s3://bucket-name/key-name")
    elif not mutual.get("truststoreVersion"):
        mutual.pop("truststoreVersion", None)
    if "ownershipVerificationCertificateArn" in new and "mutualTlsAuthentication" not in new:
        raise refused("ownershipVerificationCertificateArn needs mutualTlsAuthentication")
