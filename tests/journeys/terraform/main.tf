# A REST API with a function, a mock and an HTTP backend, as a Terraform user writes it; only the endpoints are local.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    # The function's package is written by the test, so no archive provider is needed.
  }
}

variable "endpoint" {
  type = string
}

variable "package" {
  type = string
}

variable "runtime" {
  type = string
}

# What the journey changes: an integration response, and with it the deployment and the stage.
variable "status" {
  type    = string
  default = "up"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  endpoints {
    apigateway = var.endpoint
    dynamodb   = var.endpoint
    iam        = var.endpoint
    lambda     = var.endpoint
    logs       = var.endpoint
    sts        = var.endpoint
  }
}
