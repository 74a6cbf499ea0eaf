"""AWS's variables in a definition: `${AWS::Region}` and its like, which an import replaces wherever they stand.

https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html
"""

_PARTITIONS = {"cn": ("aws-cn", "amazonaws.com.cn"), "us-gov": ("aws-us-gov", "amazonaws.com")}


def with_variables(body: bytes, account: str, region: str) -> bytes:
    """The definition for that account and region. Their names need no escape in JSON, nor in YAML."""
    if b"${AWS::" not in body:
        return body
    area = "us-gov" if region.startswith("us-gov-") else region.partition("-")[0]
    partition, suffix = _PARTITIONS.get(area, ("aws", "amazonaws.com"))
    values = {"AccountId": account, "Partition": partition, "Region": region, "URLSuffix": suffix}
    for name, value in values.items():
        body = body.replace(f"${{AWS::{name}}}".encode(), value.encode())
    return body
