variable "group" {
  type = string
}

variable "port" {
  type = number
}

locals {
  group = var.group
}

resource "aws_vpc_security_group_ingress_rule" "direct" {
  security_group_id = var.group
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
  cidr_ipv4         = "10.20.0.0/16"
}

resource "aws_vpc_security_group_ingress_rule" "local" {
  security_group_id = local.group
  ip_protocol       = "tcp"
  from_port         = var.port + 1
  to_port           = var.port + 1
  cidr_ipv4         = "10.20.0.0/16"
}
