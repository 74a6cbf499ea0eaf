"""What a page shows of a REST endpoint beside its text: address, parameters, bodies, responses, and a form to try it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-try-it.html
"""

import re
from collections.abc import Iterable
from html import escape

from gatewright.values.records import Document

_GREEDY = re.compile(r"\{([^{}]+)\+\}")
_WITH_BODY = {"DELETE", "PATCH", "POST", "PUT"}
# What a caller must have, by the method's authorization; which header brings it, where one is usual.
_AUTHORIZATIONS = {
    "AWS_IAM": ("Callers sign their requests with AWS Signature Version 4: trying it here is refused.", ""),
    "CUSTOM": ("A Lambda authorizer decides who may call.", "Authorization"),
    "COGNITO_USER_POOLS": ("Callers send a token of a user pool.", "Authorization"),
}


def endpoint(page: Document) -> str:
    """The lower part of an endpoint's page."""
    described = page["described"]
    parts = (
        f'<p class="endpoint"><strong>{escape(page["method"])}</strong> <code>{escape(page["endpoint"])}</code></p>',
        _callers(described),
        _parameters(described["parameters"]),
        _body("Request body", described["body"], described["models"]),
        _responses(described["responses"]),
        _form(page) if page["invoke"] else "",
    )
    return "\n".join(part for part in parts if part)


def _callers(described: Document) -> str:
    told = [_AUTHORIZATIONS[described["authorizationType"]][0]] if _is_authorized(described) else []
    told += ["Callers send an API key in the header <code>x-api-key</code>."] if described["apiKeyRequired"] else []
    return f"<h2>Who may call</h2><p>{' '.join(told)}</p>" if told else ""


def _is_authorized(described: Document) -> bool:
    return described["authorizationType"] in _AUTHORIZATIONS


def _parameters(parameters: list[Document]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{'yes' if each['required'] else 'no'}</td><td>{escape(each['description'])}</td></tr>"
        for each in parameters
    )
    head = "<tr><th>Name</th><th>In</th><th>Required</th><th>Description</th></tr>"
    return f"<h2>Parameters</h2><table>{head}{rows}</table>" if rows else ""


def _body(title: str, description: str, models: Iterable[Document]) -> str:
    schemas = "".join(
        f"<p><code>{escape(each['contentType'])}</code></p><pre><code>{escape(each['schema'])}</code></pre>"
        for each in models
    )
    told = f"<p>{escape(description)}</p>" if description else ""
    return f"<h2>{escape(title)}</h2>{told}{schemas}" if told or schemas else ""


def _responses(responses: Iterable[Document]) -> str:
    return "".join(
        _body(f"Response {each['statusCode']}", each["description"] or "No description.", each["models"])
        for each in responses
    )


def _form(page: Document) -> str:
    """A form that `try_it.js` sends to the stage at this node's own address."""
    described = page["described"]
    verbs = "".join(f"<option>{escape(verb)}</option>" for verb in described["verbs"])
    headers = [] if not described["apiKeyRequired"] else ["x-api-key"]
    headers += [_AUTHORIZATIONS[described["authorizationType"]][1]] if _is_authorized(described) else []
    known = {each["name"].lower() for each in described["parameters"] if each["in"] == "header"}
    fields = [_field(each["name"], each["in"], each["required"]) for each in described["parameters"]]
    fields += [_field(name, "header", False) for name in headers if name and name.lower() not in known]
    has_body = not _WITH_BODY.isdisjoint(described["verbs"])
    body = '<label>Body <textarea name="body" rows="6"></textarea></label>' if has_body else ""
    path = _GREEDY.sub(r"{\1}", page["path"])
    greedy = " ".join(_GREEDY.findall(page["path"]))
    return (
        f'<h2>Try it</h2><form id="try-it" data-address="{escape(page["invoke"] + path)}" '
        f'data-greedy="{escape(greedy)}">'
        f'<label>Method <select name="verb">{verbs}</select></label>{"".join(fields)}'
        '<label>Query string <input name="query" placeholder="name=value&amp;other=value"></label>'
        '<label>Further headers <textarea name="headers" rows="2" placeholder="name: value"></textarea></label>'
        f'{body}<button>Try it</button></form><section id="answer" aria-live="polite" hidden>'
        '<p id="status"></p><pre id="response-headers"></pre><pre id="response-body"></pre></section>'
    )


def _field(name: str, place: str, required: bool) -> str:
    needed = " required" if required else ""
    shown = f"{escape(name)} <small>{escape(place)}</small>"
    return f'<label>{shown} <input data-in="{escape(place)}" data-name="{escape(name)}"{needed}></label>'
