# Domain names: those that lead on, of which only the tags can change, and one with mutual TLS.
locals {
  certificate = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555"
}

resource "aws_apigatewayv2_domain_name" "plain" {
  for_each    = toset(["pets", "chat"])
  domain_name = "${each.key}.example.com"
  tags        = { now = var.now }

  domain_name_configuration {
    certificate_arn = local.certificate
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_domain_name" "mutual" {
  domain_name = "mutual.example.com"

  domain_name_configuration {
    certificate_arn                        = replace(local.certificate, "5", local.changed ? "6" : "5")
    ownership_verification_certificate_arn = local.certificate
    endpoint_type                          = "REGIONAL"
    ip_address_type                        = local.changed ? "dualstack" : "ipv4"
    security_policy                        = "TLS_1_2"
  }

  mutual_tls_authentication {
    truststore_uri     = "s3://trusted/${var.now}.pem"
    truststore_version = var.now
  }
}

resource "aws_apigatewayv2_api_mapping" "http" {
  api_id          = aws_apigatewayv2_api.http.id
  domain_name     = aws_apigatewayv2_domain_name.plain["pets"].id
  stage           = local.changed ? aws_apigatewayv2_stage.auto.id : aws_apigatewayv2_stage.hand.id
  api_mapping_key = local.changed ? "shop/v2" : "shop"
}

resource "aws_apigatewayv2_api_mapping" "websocket" {
  api_id          = aws_apigatewayv2_api.websocket.id
  domain_name     = aws_apigatewayv2_domain_name.plain["chat"].id
  stage           = aws_apigatewayv2_stage.chat.id
  api_mapping_key = local.changed ? "v2" : null
}
