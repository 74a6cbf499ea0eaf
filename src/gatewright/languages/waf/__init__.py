"""Web ACLs: AWS WAF's JSON in, the decision about a request out. What cannot be decided here is refused when compiled.

`rule.compile_web_acl` is the way in; `inspected` is the request as rules see it. AWS WAF developer guide.
"""
