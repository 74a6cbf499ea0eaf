resource "aws_api_gateway_rest_api" "api" {
  name                     = "every-${var.now}"
  description              = "is ${var.now}"
  binary_media_types       = local.changed ? ["image/png", "image/gif"] : ["image/png"]
  minimum_compression_size = local.changed ? 2048 : 1024
  api_key_source           = local.changed ? "AUTHORIZER" : "HEADER"
  tags                     = { now = var.now }

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_model" "pet" {
  rest_api_id  = aws_api_gateway_rest_api.api.id
  name         = "Pet"
  description  = "a pet ${var.now}"
  content_type = "application/json"
  schema = jsonencode({
    "$schema"  = "http://json-schema.org/draft-04/schema#"
    type       = "object"
    required   = local.changed ? ["name", "kind"] : ["name"]
    properties = { name = { type = "string" }, kind = { type = "string" } }
  })
}

resource "aws_api_gateway_request_validator" "all" {
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  name                        = "all ${var.now}"
  validate_request_body       = true
  validate_request_parameters = local.changed
}

resource "aws_api_gateway_gateway_response" "bad_body" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  response_type = "BAD_REQUEST_BODY"
  status_code   = local.changed ? "422" : "400"
  response_templates = {
    "application/json" = "{\"wrong\":$context.error.messageString}"
  }
  response_parameters = {
    "gatewayresponse.header.X-Now" = "'${var.now}'"
  }
}

resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = local.pets
}

# POST: a validated body, answered from a template.
resource "aws_api_gateway_method" "post" {
  rest_api_id          = aws_api_gateway_rest_api.api.id
  resource_id          = aws_api_gateway_resource.pets.id
  http_method          = "POST"
  authorization        = "NONE"
  operation_name       = "addPet"
  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = { "application/json" = aws_api_gateway_model.pet.name }
  request_parameters   = { "method.request.querystring.dry" = false }
}

resource "aws_api_gateway_method_response" "post" {
  rest_api_id         = aws_api_gateway_rest_api.api.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_method.post.http_method
  status_code         = "201"
  response_models     = { "application/json" = "Empty" }
  response_parameters = { "method.response.header.X-Now" = false }
}

resource "aws_api_gateway_integration" "post" {
  rest_api_id          = aws_api_gateway_rest_api.api.id
  resource_id          = aws_api_gateway_resource.pets.id
  http_method          = aws_api_gateway_method.post.http_method
  type                 = "MOCK"
  passthrough_behavior = "WHEN_NO_TEMPLATES"
  request_templates = {
    "application/json" = <<-EOT
      #set($context.responseOverride.header.X-Name = $input.path('$.name'))
      {"statusCode": 201}
    EOT
  }
}

resource "aws_api_gateway_integration_response" "post" {
  rest_api_id         = aws_api_gateway_rest_api.api.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_method.post.http_method
  status_code         = aws_api_gateway_method_response.post.status_code
  response_parameters = { "method.response.header.X-Now" = "'${var.now}'" }
  response_templates  = { "application/json" = "{\"stage\":\"$context.stage\",\"dry\":\"$input.params('dry')\"}" }
  depends_on          = [aws_api_gateway_integration.post]
}

# DELETE: behind an authorizer and a key.
resource "aws_api_gateway_method" "delete" {
  rest_api_id      = aws_api_gateway_rest_api.api.id
  resource_id      = aws_api_gateway_resource.pets.id
  http_method      = "DELETE"
  authorization    = "CUSTOM"
  authorizer_id    = aws_api_gateway_authorizer.token.id
  api_key_required = true
}

resource "aws_api_gateway_integration" "delete" {
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = aws_api_gateway_resource.pets.id
  http_method             = aws_api_gateway_method.delete.http_method
  type                    = "HTTP"
  integration_http_method = "DELETE"
  uri                     = "http://127.0.0.1:9/${var.now}"
  connection_type         = "VPC_LINK"
  connection_id           = aws_api_gateway_vpc_link.link.id
  timeout_milliseconds    = local.changed ? 2000 : 1000
  cache_key_parameters    = []

  tls_config {
    insecure_skip_verification = local.changed
  }
}

resource "aws_api_gateway_authorizer" "token" {
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  name                             = "token-${var.now}"
  type                             = "TOKEN"
  authorizer_uri                   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:auth/invocations"
  identity_source                  = "method.request.header.Authorization"
  identity_validation_expression   = "^Bearer .+$"
  authorizer_result_ttl_in_seconds = local.changed ? 60 : 300
}

resource "aws_api_gateway_authorizer" "pool" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  name          = "pool"
  type          = "COGNITO_USER_POOLS"
  provider_arns = local.changed ? ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_two"] : ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_one"]
}

resource "aws_api_gateway_vpc_link" "link" {
  name        = "link-${var.now}"
  description = "is ${var.now}"
  target_arns = ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/0123456789abcdef"]
}

resource "aws_api_gateway_documentation_part" "pets" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  location {
    type   = "METHOD"
    method = "POST"
    path   = "/${local.pets}"
  }
  properties = jsonencode({ description = "Adds a pet, ${var.now}." })
}

resource "aws_api_gateway_documentation_version" "one" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  version     = "1"
  description = "is ${var.now}"
  depends_on  = [aws_api_gateway_documentation_part.pets]
}
