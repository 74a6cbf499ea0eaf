variable "backend" {
  type = string
}

resource "aws_apigatewayv2_api" "http" {
  name          = "pets"
  protocol_type = "HTTP"
  description   = var.now
  version       = local.changed ? "2" : "1"

  cors_configuration {
    allow_origins     = ["https://${var.now}.example.com"]
    allow_methods     = ["GET", "POST"]
    allow_headers     = ["content-type"]
    expose_headers    = ["x-now"]
    allow_credentials = true
    max_age           = 60
  }
}

resource "aws_apigatewayv2_integration" "backend" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "HTTP_PROXY"
  integration_method     = "ANY"
  integration_uri        = var.backend
  payload_format_version = "1.0"
  timeout_milliseconds   = local.changed ? 4000 : 5000

  request_parameters = {
    "overwrite:header.x-now" = var.now
    "overwrite:path"         = "$request.path.id"
  }

  # The provider takes the old mappings away after it has given the new ones: of one status they cannot change.
  response_parameters {
    status_code = local.changed ? 201 : 200
    mappings    = { "append:header.x-now" = var.now }
  }
}

resource "aws_apigatewayv2_vpc_link" "private" {
  name               = var.now
  subnet_ids         = ["subnet-1"]
  security_group_ids = []
}

resource "aws_apigatewayv2_integration" "private" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "HTTP_PROXY"
  integration_method     = "GET"
  integration_uri        = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/0123456789abcdef/0123456789abcdef"
  connection_type        = "VPC_LINK"
  connection_id          = aws_apigatewayv2_vpc_link.private.id
  payload_format_version = "1.0"

  tls_config {
    server_name_to_verify = "private.example.com"
  }
}

resource "aws_apigatewayv2_integration" "queue" {
  api_id              = aws_apigatewayv2_api.http.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  credentials_arn     = "arn:aws:iam::000000000000:role/queue"
  description         = var.now

  request_parameters = {
    QueueUrl    = "https://sqs.us-east-1.amazonaws.com/000000000000/pets"
    MessageBody = "$request.body.${var.now}"
  }
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = local.function
  payload_format_version = local.changed ? "2.0" : "1.0"
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.http.id
  name             = "tokens-${var.now}"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    audience = ["pets-${var.now}"]
    issuer   = "https://issuer.example.com"
  }
}

resource "aws_apigatewayv2_authorizer" "function" {
  api_id                            = aws_apigatewayv2_api.http.id
  name                              = "function"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = local.invoked
  authorizer_payload_format_version = "2.0"
  authorizer_result_ttl_in_seconds  = local.changed ? 60 : 30
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.Authorization"]
}

resource "aws_apigatewayv2_route" "pet" {
  api_id         = aws_apigatewayv2_api.http.id
  route_key      = "GET /${var.now}/{id}"
  operation_name = "pet"
  target         = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

resource "aws_apigatewayv2_route" "read" {
  api_id               = aws_apigatewayv2_api.http.id
  route_key            = "GET /tokens"
  target               = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.tokens.id
  authorization_scopes = ["read-${var.now}"]
}

resource "aws_apigatewayv2_route" "signed" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "$default"
  target             = "integrations/${aws_apigatewayv2_integration.queue.id}"
  authorization_type = "AWS_IAM"
}

resource "aws_apigatewayv2_stage" "auto" {
  api_id          = aws_apigatewayv2_api.http.id
  name            = "$default"
  auto_deploy     = true
  description     = var.now
  stage_variables = { (var.now) = "1", stays = "2" }

  access_log_settings {
    destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
    format          = "$context.requestId ${var.now}"
  }

  default_route_settings {
    detailed_metrics_enabled = local.changed
    throttling_burst_limit   = 100
    throttling_rate_limit    = 50.5
  }

  route_settings {
    route_key              = aws_apigatewayv2_route.pet.route_key
    throttling_burst_limit = 10
    throttling_rate_limit  = 5
  }
}
