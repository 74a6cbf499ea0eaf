# An API whole in one document, one that a document is put into, a policy, and everything that can be read.

locals {
  document = {
    openapi = "3.0.1"
    info    = { title = "imported", version = var.now }
    paths = {
      "/status" = {
        get = {
          parameters = [{ name = "verbose", in = "query", schema = { type = "string" } }]
          responses  = { "200" = { description = "up" } }
          x-amazon-apigateway-integration = {
            type             = "mock"
            requestTemplates = { "application/json" = "{\"statusCode\": 200}" }
            responses = {
              default = {
                statusCode        = "200"
                responseTemplates = { "application/json" = "{\"imported\":\"${var.now}\"}" }
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_api_gateway_rest_api" "imported" {
  name = "imported"
  body = jsonencode(local.document)

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_deployment" "imported" {
  rest_api_id = aws_api_gateway_rest_api.imported.id
  triggers    = { body = sha256(aws_api_gateway_rest_api.imported.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "imported" {
  rest_api_id   = aws_api_gateway_rest_api.imported.id
  deployment_id = aws_api_gateway_deployment.imported.id
  stage_name    = "live"
}

resource "aws_api_gateway_rest_api" "put" {
  name = "put"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_rest_api_put" "put" {
  rest_api_id      = aws_api_gateway_rest_api.put.id
  body             = jsonencode(merge(local.document, { info = { title = "put", version = var.now } }))
  fail_on_warnings = true
  triggers         = { now = var.now }
}

resource "aws_api_gateway_rest_api_policy" "put" {
  rest_api_id = aws_api_gateway_rest_api.put.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = local.changed ? "Deny" : "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "${aws_api_gateway_rest_api.put.execution_arn}/*"
    }]
  })
  depends_on = [aws_api_gateway_rest_api_put.put] # which takes away what the document does not have
}

data "aws_api_gateway_rest_api" "imported" {
  name       = aws_api_gateway_rest_api.imported.name
  depends_on = [aws_api_gateway_rest_api.imported]
}

data "aws_api_gateway_resource" "status" {
  rest_api_id = aws_api_gateway_stage.imported.rest_api_id
  path        = "/status"
}

data "aws_api_gateway_export" "imported" {
  rest_api_id = aws_api_gateway_stage.imported.rest_api_id
  stage_name  = aws_api_gateway_stage.imported.stage_name
  export_type = "oas30"
  parameters  = { extensions = "integrations" }
}

data "aws_api_gateway_sdk" "imported" {
  rest_api_id = aws_api_gateway_stage.imported.rest_api_id
  stage_name  = aws_api_gateway_stage.imported.stage_name
  sdk_type    = "javascript"
}

data "aws_api_gateway_api_key" "key" {
  id = aws_api_gateway_api_key.key.id
}

data "aws_api_gateway_api_keys" "all" {
  include_values = true
  depends_on     = [aws_api_gateway_api_key.key]
}

data "aws_api_gateway_authorizer" "token" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  authorizer_id = aws_api_gateway_authorizer.token.id
}

data "aws_api_gateway_authorizers" "all" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  depends_on  = [aws_api_gateway_authorizer.token, aws_api_gateway_authorizer.pool]
}

data "aws_api_gateway_domain_name" "regional" {
  domain_name = aws_api_gateway_domain_name.regional.domain_name
}

data "aws_api_gateway_vpc_link" "link" {
  name       = aws_api_gateway_vpc_link.link.name
  depends_on = [aws_api_gateway_vpc_link.link]
}

output "imported" {
  value = data.aws_api_gateway_resource.status.rest_api_id
}

output "exported" {
  value = jsondecode(data.aws_api_gateway_export.imported.body).paths["/status"].get["x-amazon-apigateway-integration"].type
}

output "read" {
  value = [
    data.aws_api_gateway_rest_api.imported.id == aws_api_gateway_rest_api.imported.id,
    data.aws_api_gateway_resource.status.path_part,
    data.aws_api_gateway_sdk.imported.content_type,
    data.aws_api_gateway_api_key.key.name,
    length(data.aws_api_gateway_api_keys.all.items),
    data.aws_api_gateway_authorizer.token.identity_source,
    length(data.aws_api_gateway_authorizers.all.ids),
    data.aws_api_gateway_domain_name.regional.security_policy,
    data.aws_api_gateway_vpc_link.link.status,
  ]
}
