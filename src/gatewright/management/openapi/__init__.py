"""OpenAPI 2.0 and 3.0 to the parts of a REST API, and back: text and plain data only, no store and no nouns.

A definition is read (`document`), understood in its dialect (`swagger`, `oas30`) and becomes `parts.ApiParts`: what the
calls that would build the API by hand would be given. `management/rest/import_rest_api.py` makes those calls. Developer
guide, "Develop REST APIs using OpenAPI in API Gateway".
"""
