locals {
  function = "arn:aws:lambda:us-east-1:000000000000:function:f"
  invoked  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.function}/invocations"
}

resource "aws_apigatewayv2_api" "websocket" {
  name                       = "chat-${var.now}"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.${local.changed ? "type" : "action"}"
}

resource "aws_apigatewayv2_model" "message" {
  api_id       = aws_apigatewayv2_api.websocket.id
  name         = "message"
  content_type = "application/json"
  description  = var.now
  schema       = jsonencode({ type = "object", properties = { now = { type = "string", default = var.now } } })
}

resource "aws_apigatewayv2_integration" "echo" {
  api_id                        = aws_apigatewayv2_api.websocket.id
  integration_type              = "MOCK"
  content_handling_strategy     = "CONVERT_TO_TEXT"
  passthrough_behavior          = "WHEN_NO_MATCH"
  template_selection_expression = "200"
  request_templates             = { "200" = "{\"statusCode\": 200}" }
}

resource "aws_apigatewayv2_integration_response" "echo" {
  api_id                        = aws_apigatewayv2_api.websocket.id
  integration_id                = aws_apigatewayv2_integration.echo.id
  integration_response_key      = "$default"
  template_selection_expression = "\\$default"
  response_templates            = { "$default" = "{\"now\": \"${var.now}\"}" }
}

resource "aws_apigatewayv2_authorizer" "connect" {
  api_id           = aws_apigatewayv2_api.websocket.id
  name             = "connect-${var.now}"
  authorizer_type  = "REQUEST"
  authorizer_uri   = local.invoked
  identity_sources = ["route.request.header.auth"]
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_key          = "$connect"
  target             = "integrations/${aws_apigatewayv2_integration.echo.id}"
  authorization_type = local.changed ? "NONE" : "CUSTOM"
  authorizer_id      = local.changed ? null : aws_apigatewayv2_authorizer.connect.id
  api_key_required   = !local.changed

  request_parameter {
    request_parameter_key = "route.request.querystring.${var.now}"
    required              = false
  }
}

resource "aws_apigatewayv2_route" "echo" {
  api_id                              = aws_apigatewayv2_api.websocket.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.echo.id}"
  model_selection_expression          = "$request.body.action"
  request_models                      = { (var.now) = aws_apigatewayv2_model.message.name }
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "echo" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_id           = aws_apigatewayv2_route.echo.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_deployment" "chat" {
  api_id      = aws_apigatewayv2_api.websocket.id
  description = var.now
  triggers    = { now = var.now }

  depends_on = [
    aws_apigatewayv2_route.connect,
    aws_apigatewayv2_route.echo,
    aws_apigatewayv2_route_response.echo,
    aws_apigatewayv2_integration_response.echo,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id        = aws_apigatewayv2_api.websocket.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.chat.id
  tags          = { now = var.now }

  default_route_settings {
    logging_level          = "OFF"
    throttling_burst_limit = local.changed ? 20 : 10
    throttling_rate_limit  = 5
  }

  route_settings {
    route_key              = "$connect"
    throttling_burst_limit = 10
    throttling_rate_limit  = 5
  }
}

resource "aws_apigatewayv2_domain_name" "chat" {
  domain_name = "chat.example.com"
  tags        = { now = var.now }

  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "chat" {
  api_id          = aws_apigatewayv2_api.websocket.id
  domain_name     = aws_apigatewayv2_domain_name.chat.id
  stage           = aws_apigatewayv2_stage.chat.id
  api_mapping_key = "a/${var.now}"
}

output "http" {
  value = aws_apigatewayv2_api.http.id
}

output "websocket" {
  value = aws_apigatewayv2_api.websocket.id
}
