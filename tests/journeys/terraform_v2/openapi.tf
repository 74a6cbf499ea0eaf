# An HTTP API whole in one document, and what of it can be exported.
resource "aws_apigatewayv2_api" "imported" {
  name             = "imported"
  protocol_type    = "HTTP"
  description      = "is ${var.now}"
  version          = var.now
  fail_on_warnings = true

  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "imported", description = "is ${var.now}", version = var.now }
    paths = {
      "/${var.now}/{id}" = {
        get = {
          parameters = [{ name = "id", in = "path", required = true, schema = { type = "string" } }]
          responses  = { default = { description = "whatever" } }
          x-amazon-apigateway-integration = {
            type                 = "http_proxy"
            httpMethod           = "GET"
            uri                  = "${var.backend}/${var.now}/{id}"
            payloadFormatVersion = "1.0"
            connectionType       = "INTERNET"
          }
        }
      }
    }
    x-amazon-apigateway-cors = { allowOrigins = ["https://${var.now}.example.com"] }
  })

  cors_configuration {
    allow_origins = ["https://${var.now}.example.com"]
  }
}

resource "aws_apigatewayv2_stage" "imported" {
  api_id      = aws_apigatewayv2_api.imported.id
  name        = "$default"
  auto_deploy = true
}

data "aws_apigatewayv2_export" "imported" {
  api_id             = aws_apigatewayv2_api.imported.id
  specification      = "OAS30"
  output_type        = "JSON"
  export_version     = "1.0"
  include_extensions = true
  stage_name         = aws_apigatewayv2_stage.imported.name
}

output "imported" {
  value = aws_apigatewayv2_api.imported.id
}

output "exported" {
  value = jsondecode(data.aws_apigatewayv2_export.imported.body)
}
