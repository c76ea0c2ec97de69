variable "vpc_id" {
  type = string
}

data "aws_vpc" "main" {
  id = var.vpc_id
}

resource "aws_ec2_managed_prefix_list" "probe" {
  name           = "probe"
  address_family = "IPv4"
  max_entries    = 1
}

locals {
  ports = [443, 9092]
}

resource "aws_security_group" "omitted" {
  name   = "pni-omitted"
  vpc_id = data.aws_vpc.main.id

  dynamic "ingress" {
    for_each = local.ports
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = [data.aws_vpc.main.cidr_block]
    }
  }
}

resource "aws_security_group" "dynamic_unknown" {
  name   = "pni-dynamic-unknown"
  vpc_id = data.aws_vpc.main.id

  dynamic "ingress" {
    for_each = local.ports
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = [data.aws_vpc.main.cidr_block]
    }
  }

  dynamic "egress" {
    for_each = aws_ec2_managed_prefix_list.probe.version == 1 ? [1] : []
    content {
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

