# Every resource of the AWS provider for HTTP and WebSocket APIs, in one configuration.

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

locals {
  changed = var.now != "before"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  default_tags {
    tags = { journey = "routes" }
  }

  endpoints {
    apigateway   = var.endpoint
    apigatewayv2 = var.endpoint
    iam          = var.endpoint
    sts          = var.endpoint
  }
}
