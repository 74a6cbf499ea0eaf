# An HTTP API with an integration and an authorizer of every kind, and one that quick create makes.
resource "aws_apigatewayv2_api" "http" {
  name                         = "pets-${var.now}"
  protocol_type                = "HTTP"
  description                  = local.changed ? null : "is ${var.now}"
  version                      = local.changed ? "2" : "1"
  ip_address_type              = local.changed ? "dualstack" : "ipv4"
  disable_execute_api_endpoint = local.changed
  tags                         = { now = var.now }

  cors_configuration {
    allow_origins     = local.changed ? ["*"] : ["https://before.example.com"]
    allow_methods     = local.changed ? ["*"] : ["GET", "POST"]
    allow_headers     = local.changed ? ["*"] : ["content-type"]
    expose_headers    = ["x-${var.now}"]
    allow_credentials = !local.changed
    max_age           = local.changed ? 120 : 60
  }
}

resource "aws_apigatewayv2_api" "quick" {
  name            = "quick"
  protocol_type   = "HTTP"
  target          = local.changed ? "${var.backend}/quick" : local.function
  route_key       = local.changed ? "ANY /quick" : "$default"
  credentials_arn = local.changed ? null : "arn:aws:iam::000000000000:role/quick"

  dynamic "cors_configuration" {
    for_each = local.changed ? [] : [1]
    content {
      allow_origins = ["https://quick.example.com"]
    }
  }
}

resource "aws_apigatewayv2_vpc_link" "private" {
  name               = "link-${var.now}"
  subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  security_group_ids = []
  tags               = { now = var.now }
}

resource "aws_apigatewayv2_integration" "backend" {
  api_id                 = aws_apigatewayv2_api.http.id
  description            = local.changed ? null : "is ${var.now}"
  integration_type       = "HTTP_PROXY"
  integration_method     = local.changed ? "POST" : "ANY"
  integration_uri        = "${var.backend}/${var.now}"
  payload_format_version = "1.0"
  timeout_milliseconds   = local.changed ? 4000 : 5000

  request_parameters = {
    "append:header.x-now"           = var.now
    "append:querystring.${var.now}" = "$request.path.id"
  }

  # The provider takes the old mappings away after it has given the new ones: of one status they cannot change.
  response_parameters {
    status_code = local.changed ? 201 : 200
    mappings    = { "append:header.x-now" = var.now }
  }
}

resource "aws_apigatewayv2_integration" "private" {
  api_id             = aws_apigatewayv2_api.http.id
  integration_type   = "HTTP_PROXY"
  integration_method = "GET"
  integration_uri    = local.changed ? var.listener : replace(var.listener, "inside", "outside")
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.private.id

  dynamic "tls_config" {
    for_each = local.changed ? [] : [1]
    content {
      server_name_to_verify = "private.example.com"
    }
  }
}

resource "aws_apigatewayv2_integration" "service" {
  for_each = {
    "EventBridge-PutEvents"        = { Source = var.now, DetailType = "$request.body.type", Detail = "$request.body" }
    "SQS-SendMessage"              = { QueueUrl = "$request.header.queue", MessageBody = "$request.body.${var.now}" }
    "AppConfig-GetConfiguration"   = { Application = var.now, Environment = "e", Configuration = "c", ClientId = "i" }
    "Kinesis-PutRecord"            = { StreamName = var.now, Data = "$request.body.data", PartitionKey = "k" }
    "StepFunctions-StartExecution" = { StateMachineArn = "$request.header.machine", Input = "$request.body.${var.now}" }
  }
  api_id              = aws_apigatewayv2_api.http.id
  integration_type    = "AWS_PROXY"
  integration_subtype = each.key
  credentials_arn     = "arn:aws:iam::000000000000:role/${var.now}"
  request_parameters  = each.value
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = local.function
  payload_format_version = local.changed ? "2.0" : "1.0"
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.http.id
  name             = "tokens-${var.now}"
  authorizer_type  = "JWT"
  identity_sources = [local.changed ? "$request.querystring.token" : "$request.header.Authorization"]

  jwt_configuration {
    audience = local.changed ? ["cats", "dogs"] : ["pets"]
    issuer   = "https://${var.now}.example.com"
  }
}

resource "aws_apigatewayv2_authorizer" "function" {
  api_id                            = aws_apigatewayv2_api.http.id
  name                              = "function-${var.now}"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = local.invoked
  authorizer_credentials_arn        = local.changed ? null : "arn:aws:iam::000000000000:role/any"
  authorizer_payload_format_version = local.changed ? "2.0" : "1.0"
  authorizer_result_ttl_in_seconds  = local.changed ? 0 : 30
  enable_simple_responses           = local.changed
  identity_sources                  = ["$request.header.Authorization", "$request.querystring.${var.now}"]
}

resource "aws_apigatewayv2_route" "pet" {
  api_id         = aws_apigatewayv2_api.http.id
  route_key      = "GET /${var.now}/{id}"
  operation_name = local.changed ? null : "pet"
  target         = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

resource "aws_apigatewayv2_route" "private" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "GET /private"
  target    = "integrations/${aws_apigatewayv2_integration.private.id}"
}

resource "aws_apigatewayv2_route" "guarded" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "GET /guarded"
  target             = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.function.id
}

resource "aws_apigatewayv2_route" "token" {
  api_id               = aws_apigatewayv2_api.http.id
  route_key            = "GET /token"
  target               = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.tokens.id
  authorization_scopes = local.changed ? ["write", "read"] : ["read"]
}

resource "aws_apigatewayv2_route" "default" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "$default"
  target             = "integrations/${local.changed ? aws_apigatewayv2_integration.function.id : aws_apigatewayv2_integration.service["SQS-SendMessage"].id}"
  authorization_type = local.changed ? "AWS_IAM" : "NONE"
}

resource "aws_apigatewayv2_stage" "auto" {
  api_id          = aws_apigatewayv2_api.http.id
  name            = "$default"
  auto_deploy     = true
  description     = local.changed ? null : "is ${var.now}"
  stage_variables = { (var.now) = "1", stays = "2" }
  tags            = { now = var.now }

  dynamic "access_log_settings" {
    for_each = local.changed ? [] : [1]
    content {
      destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
      format          = "$context.routeKey $context.status $context.requestId"
    }
  }

  default_route_settings {
    detailed_metrics_enabled = local.changed
    throttling_burst_limit   = local.changed ? 200 : 100
    throttling_rate_limit    = local.changed ? 100.5 : 50.5
  }

  dynamic "route_settings" {
    for_each = local.changed ? ["GET /private", "GET /guarded"] : ["GET /private", "GET /token"]
    content {
      route_key                = route_settings.value
      detailed_metrics_enabled = !local.changed
      throttling_burst_limit   = local.changed ? 20 : 10
      throttling_rate_limit    = local.changed ? 10 : 5
    }
  }

  depends_on = [
    aws_apigatewayv2_route.private,
    aws_apigatewayv2_route.guarded,
    aws_apigatewayv2_route.token,
  ]
}

# A stage that is deployed by hand, and by nothing else.
resource "aws_apigatewayv2_deployment" "hand" {
  api_id      = aws_apigatewayv2_api.http.id
  description = "of ${var.now}"
  depends_on  = [aws_apigatewayv2_route.pet, aws_apigatewayv2_route.private]
}

resource "aws_apigatewayv2_stage" "hand" {
  api_id        = aws_apigatewayv2_api.http.id
  name          = "hand"
  deployment_id = aws_apigatewayv2_deployment.hand.id
}

output "http" {
  value = aws_apigatewayv2_api.http.id
}

output "quick" {
  value = aws_apigatewayv2_api.quick.id
}
