variable "vpc" {}

locals {
  group = aws_security_group.this.id
}

resource "aws_security_group" "this" {
  name   = "pni"
  vpc_id = var.vpc.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = local.group
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.vpc.cidr_block
}
