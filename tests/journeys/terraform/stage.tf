resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers = {
    configuration = sha256(join("", [file("${path.module}/api.tf"), var.status]))
  }
  depends_on = [
    aws_api_gateway_integration.greet,
    aws_api_gateway_integration.health,
    aws_api_gateway_integration_response.status,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "journey-access"
  retention_in_days = 7
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.api.id
  stage_name    = "prod"
  description   = "is ${var.status}"
  variables = {
    status = var.status
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId $context.httpMethod $context.path $context.status"
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

output "api" {
  value = aws_api_gateway_rest_api.api.id
}
