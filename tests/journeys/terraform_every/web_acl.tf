resource "aws_wafv2_web_acl" "wall" {
  name  = "wall"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "no-wall"
    priority = 0

    action {
      block {}
    }

    statement {
      byte_match_statement {
        search_string         = "wall-${var.now}"
        positional_constraint = "CONTAINS"

        field_to_match {
          query_string {}
        }

        text_transformation {
          priority = 0
          type     = "URL_DECODE"
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "no-wall"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "wall"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "wall" {
  resource_arn = aws_api_gateway_stage.prod.arn
  web_acl_arn  = aws_wafv2_web_acl.wall.arn
}
