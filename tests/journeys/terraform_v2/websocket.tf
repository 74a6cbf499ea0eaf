# A WebSocket API that answers by templates, behind an authorizer.
resource "aws_apigatewayv2_api" "websocket" {
  name                         = "chat-${var.now}"
  protocol_type                = "WEBSOCKET"
  description                  = "is ${var.now}"
  version                      = var.now
  route_selection_expression   = "$request.body.${local.changed ? "type" : "action"}"
  api_key_selection_expression = local.changed ? "$context.authorizer.usageIdentifierKey" : "$request.header.x-api-key"
  tags                         = { now = var.now }
}

resource "aws_apigatewayv2_model" "message" {
  api_id       = aws_apigatewayv2_api.websocket.id
  name         = "message"
  content_type = "application/json"
  description  = "is ${var.now}"
  schema = jsonencode({
    "$schema" = "http://json-schema.org/draft-04/schema#"
    type      = "object"
    required  = ["text", var.now]
  })
}

resource "aws_apigatewayv2_model" "unused" {
  api_id       = aws_apigatewayv2_api.websocket.id
  name         = "unused${var.now}"
  content_type = local.changed ? "application/json" : "text/json"
  schema       = jsonencode({ type = "object", properties = { (var.now) = { type = "string" } } })
}

resource "aws_apigatewayv2_integration" "echo" {
  api_id                        = aws_apigatewayv2_api.websocket.id
  integration_type              = "MOCK"
  passthrough_behavior          = local.changed ? "NEVER" : "WHEN_NO_TEMPLATES"
  template_selection_expression = local.changed ? "\\$default" : "any"
  timeout_milliseconds          = local.changed ? 2000 : 1000
  request_templates             = { (local.changed ? "$default" : "any") = "{\"statusCode\": 200, \"now\": \"${var.now}\"}" }
}

resource "aws_apigatewayv2_integration_response" "echo" {
  api_id                        = aws_apigatewayv2_api.websocket.id
  integration_id                = aws_apigatewayv2_integration.echo.id
  integration_response_key      = local.changed ? "/200/" : "$default"
  template_selection_expression = local.changed ? "any" : "\\$default"
  response_templates            = { (local.changed ? "any" : "$default") = "{\"now\": \"${var.now}\"}" }
}

resource "aws_apigatewayv2_integration" "answers" {
  api_id                    = aws_apigatewayv2_api.websocket.id
  integration_type          = local.changed ? "AWS_PROXY" : "AWS"
  integration_method        = "POST"
  integration_uri           = local.invoked
  credentials_arn           = local.changed ? null : "arn:aws:iam::000000000000:role/any"
  content_handling_strategy = "CONVERT_TO_TEXT"
  passthrough_behavior      = "WHEN_NO_MATCH"
}

resource "aws_apigatewayv2_integration" "sends" {
  api_id                    = aws_apigatewayv2_api.websocket.id
  integration_type          = local.changed ? "HTTP" : "HTTP_PROXY"
  integration_method        = local.changed ? "PUT" : "POST"
  content_handling_strategy = local.changed ? "CONVERT_TO_BINARY" : "CONVERT_TO_TEXT"
  integration_uri           = "${var.backend}/${var.now}"
  request_parameters        = { "integration.request.header.x-${var.now}" = "'${var.now}'" }
}

resource "aws_apigatewayv2_integration_response" "sends" {
  api_id                    = aws_apigatewayv2_api.websocket.id
  integration_id            = aws_apigatewayv2_integration.sends.id
  integration_response_key  = "$default"
  content_handling_strategy = local.changed ? "CONVERT_TO_BINARY" : "CONVERT_TO_TEXT"
}

resource "aws_apigatewayv2_authorizer" "connect" {
  api_id           = aws_apigatewayv2_api.websocket.id
  name             = "connect-${var.now}"
  authorizer_type  = "REQUEST"
  authorizer_uri   = local.invoked
  identity_sources = ["route.request.header.${var.now}"]
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_key          = "$connect"
  target             = "integrations/${aws_apigatewayv2_integration.echo.id}"
  authorization_type = local.changed ? "CUSTOM" : "NONE"
  authorizer_id      = local.changed ? aws_apigatewayv2_authorizer.connect.id : null
  api_key_required   = !local.changed

  request_parameter {
    request_parameter_key = "route.request.querystring.${var.now}"
    required              = local.changed
  }
}

resource "aws_apigatewayv2_route" "echo" {
  api_id                              = aws_apigatewayv2_api.websocket.id
  route_key                           = "echo${var.now}"
  operation_name                      = "Echo${var.now}"
  target                              = "integrations/${aws_apigatewayv2_integration.echo.id}"
  model_selection_expression          = "$request.body.${local.changed ? "type" : "action"}"
  request_models                      = { "echo${var.now}" = aws_apigatewayv2_model.message.name }
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "echo" {
  api_id                     = aws_apigatewayv2_api.websocket.id
  route_id                   = aws_apigatewayv2_route.echo.id
  route_response_key         = "$default"
  model_selection_expression = "$integration.response.body.${var.now}"
  response_models            = { (var.now) = aws_apigatewayv2_model.message.name }
}

resource "aws_apigatewayv2_route" "function" {
  api_id                              = aws_apigatewayv2_api.websocket.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.answers.id}"
  route_response_selection_expression = local.changed ? "$default" : null
}

resource "aws_apigatewayv2_route_response" "function" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_id           = aws_apigatewayv2_route.function.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_deployment" "chat" {
  api_id      = aws_apigatewayv2_api.websocket.id
  description = "of ${var.now}"
  triggers    = { now = var.now }

  depends_on = [
    aws_apigatewayv2_route.connect,
    aws_apigatewayv2_route_response.echo,
    aws_apigatewayv2_route_response.function,
    aws_apigatewayv2_integration_response.echo,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_client_certificate" "chat" {}

resource "aws_api_gateway_account" "logs" {
  cloudwatch_role_arn = "arn:aws:iam::000000000000:role/logs"
  reset_on_delete     = true
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id                = aws_apigatewayv2_api.websocket.id
  name                  = "prod"
  deployment_id         = aws_apigatewayv2_deployment.chat.id
  description           = "is ${var.now}"
  client_certificate_id = local.changed ? aws_api_gateway_client_certificate.chat.id : null
  tags                  = { now = var.now }

  access_log_settings {
    destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:chat-${var.now}"
    format          = "$context.eventType $context.routeKey $context.extendedRequestId ${var.now}"
  }

  default_route_settings {
    data_trace_enabled       = local.changed
    detailed_metrics_enabled = local.changed
    logging_level            = local.changed ? "INFO" : "ERROR"
    throttling_burst_limit   = local.changed ? 20 : 10
    throttling_rate_limit    = 5
  }

  route_settings {
    route_key              = "$connect"
    logging_level          = local.changed ? "OFF" : "INFO"
    throttling_burst_limit = local.changed ? 30 : 10
    throttling_rate_limit  = 5
  }

  depends_on = [aws_api_gateway_account.logs]
}

output "websocket" {
  value = aws_apigatewayv2_api.websocket.id
}
