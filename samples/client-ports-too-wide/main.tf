variable "vpc_id" {
  type = string
}

data "aws_vpc" "main" {
  id = var.vpc_id
}

locals {
  sources = {
    split_internet = ["0.0.0.0/1", "128.0.0.0/1"]
    superset       = ["10.0.0.0/8"]
    halves         = ["10.0.0.0/17", "10.0.128.0/17"]
  }
}

resource "aws_security_group" "s" {
  for_each = local.sources
  name     = "pni-${each.key}"
  vpc_id   = data.aws_vpc.main.id
  egress   = []

  dynamic "ingress" {
    for_each = toset([443, 9092])
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = each.value
    }
  }
}
