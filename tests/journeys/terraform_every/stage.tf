resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  description = "of ${var.now}"
  triggers    = { now = var.now }
  depends_on = [
    aws_api_gateway_integration.delete,
    aws_api_gateway_integration_response.post,
    aws_api_gateway_gateway_response.bad_body,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_client_certificate" "backend" {
  description = "is ${var.now}"
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id           = aws_api_gateway_rest_api.api.id
  deployment_id         = aws_api_gateway_deployment.api.id
  stage_name            = "prod"
  description           = "is ${var.now}"
  client_certificate_id = aws_api_gateway_client_certificate.backend.id
  documentation_version = aws_api_gateway_documentation_version.one.version
  variables             = { now = var.now }
  xray_tracing_enabled  = local.changed
  cache_cluster_enabled = true
  cache_cluster_size    = local.changed ? "1.6" : "0.5"
}

resource "aws_api_gateway_stage" "canary" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.api.id
  stage_name    = "canary"
  variables     = { now = "stable" }

  canary_settings {
    deployment_id            = aws_api_gateway_deployment.api.id
    percent_traffic          = local.changed ? 100 : 12.5
    stage_variable_overrides = { now = var.now }
    use_stage_cache          = local.changed
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = local.changed ? "INFO" : "ERROR"
    throttling_rate_limit  = local.changed ? 200 : 100
    throttling_burst_limit = 50
    caching_enabled        = false
    cache_ttl_in_seconds   = local.changed ? 30 : 60
  }

  depends_on = [aws_api_gateway_account.account]
}

resource "aws_iam_role" "logging" {
  name = "api-gateway-logging"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
    }]
  })
}

resource "aws_api_gateway_account" "account" {
  cloudwatch_role_arn = aws_iam_role.logging.arn
}

resource "aws_api_gateway_api_key" "key" {
  name        = "key-${var.now}"
  description = "is ${var.now}"
  enabled     = !local.changed
  value       = "0123456789012345678901"
}

resource "aws_api_gateway_usage_plan" "plan" {
  name         = "plan-${var.now}"
  description  = "is ${var.now}"
  product_code = local.changed ? "P2" : "P1"

  api_stages {
    api_id = aws_api_gateway_rest_api.api.id
    stage  = aws_api_gateway_stage.prod.stage_name

    throttle {
      path        = "/${local.pets}/POST"
      burst_limit = local.changed ? 6 : 5
      rate_limit  = 2.5
    }
  }

  quota_settings {
    limit  = local.changed ? 2000 : 1000
    offset = 1
    period = "WEEK"
  }

  throttle_settings {
    burst_limit = 20
    rate_limit  = local.changed ? 20.5 : 10.5
  }
}

resource "aws_api_gateway_usage_plan_key" "key" {
  key_id        = aws_api_gateway_api_key.key.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.plan.id
}

output "api" {
  value = aws_api_gateway_rest_api.api.id
}
