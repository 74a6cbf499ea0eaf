# What the data sources read.
data "aws_apigatewayv2_api" "http" {
  api_id = aws_apigatewayv2_api.http.id
}

data "aws_apigatewayv2_apis" "websocket" {
  protocol_type = "WEBSOCKET"
  tags          = { now = var.now }
  depends_on    = [aws_apigatewayv2_api.websocket, aws_apigatewayv2_api.http]
}

data "aws_apigatewayv2_vpc_link" "private" {
  vpc_link_id = aws_apigatewayv2_vpc_link.private.id
}

output "read" {
  value = {
    api  = data.aws_apigatewayv2_api.http
    apis = data.aws_apigatewayv2_apis.websocket.ids
    link = data.aws_apigatewayv2_vpc_link.private
  }
}
