terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  ipv4_ipam_pool_id   = "ipam-pool-07ccc86aa41bef7ce"
  ipv4_netmask_length = 20
}

resource "aws_security_group" "pni" {
  vpc_id = aws_vpc.main.id
  egress = []
}

locals {
  cidr  = aws_vpc.main.cidr_block
  parts = cidrsubnets(local.cidr, 4, 4)
  wide  = replace(local.cidr, "/20", "/8")
}

module "part" {
  source = "./part"
  cidr   = cidrsubnet(aws_vpc.main.cidr_block, 2, 1)
}

module "wide" {
  source = "./part"
  cidr   = replace(aws_vpc.main.cidr_block, "/20", "/8")
}
