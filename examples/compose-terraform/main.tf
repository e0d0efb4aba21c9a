terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# Credentials and region come from credrun.
provider "aws" {}

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "example" {
  bucket_prefix = "credrun-example-"
}

output "caller" {
  value = data.aws_caller_identity.current.arn
}
