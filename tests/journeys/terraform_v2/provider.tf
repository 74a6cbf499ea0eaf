# Every resource and data source of the AWS provider for HTTP and WebSocket APIs, in one configuration.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {
  type = string
}

# What the journey changes, in nearly every resource.
variable "now" {
  type    = string
  default = "before"
}

variable "backend" {
  type = string
}

variable "listener" {
  type = string
}

locals {
  changed  = var.now != "before"
  function = "arn:aws:lambda:us-east-1:000000000000:function:every"
  invoked  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.function}/invocations"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  default_tags {
    tags = { journey = "v2" }
  }

  endpoints {
    apigateway   = var.endpoint
    apigatewayv2 = var.endpoint
    iam          = var.endpoint
    sts          = var.endpoint
  }
}
