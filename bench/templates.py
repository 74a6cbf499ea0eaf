"""How long a mapping template takes: prints microseconds per rendering of a template of 15 lines.

python bench/templates.py [seconds]
"""

import sys
import time

from gatewright.languages.vtl import UTIL, Input, parse

TEMPLATE = """\
#set($inputRoot = $input.path('$'))
{
  "customer": $input.json('$.customer'),
  "note": "$util.escapeJavaScript($inputRoot.note)",
  "stage": "$stageVariables.name",
  "requestId": "$context.requestId",
  "orders": [
#foreach($order in $inputRoot.orders)
    {"id": $order.id, "title": "$util.escapeJavaScript($order.title)"}#if($foreach.hasNext),#end

#end
  ],
  "first": #if($inputRoot.orders.size() > 0)"$inputRoot.orders[0].title"#{else}null#end,
  "source": "$context.identity.sourceIp"
}
"""
BODY = (
    '{"customer":{"id":17,"name":"Ada"},"note":"It\'s \\"late\\"","orders":'
    '[{"id":1,"title":"Tea"},{"id":2,"title":"Milk & more"},{"id":3,"title":"Salt"}]}'
)
CONTEXT = {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "identity": {"sourceIp": "127.0.0.1"}}


PARSED = parse(TEMPLATE)


def rendered() -> str:
    """One request's worth: the payload is parsed and the template rendered."""
    given = Input(BODY, {}, {}, {})
    return PARSED.render({"input": given, "util": UTIL, "context": CONTEXT, "stageVariables": {"name": "prod"}})


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    best = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        for _ in range(200):
            rendered()
        best = min(best, (time.perf_counter() - began) / 200)
    print(f"{best * 1e6:.1f} microseconds per rendering of {len(TEMPLATE.splitlines())} lines")


if __name__ == "__main__":
    main()
