variable "vpc_id" {
  type = string
}

variable "existing_sg_id" {
  type = string
}

data "aws_vpc" "main" {
  id = var.vpc_id
}

import {
  to = aws_security_group.pni
  id = var.existing_sg_id
}

resource "aws_security_group" "pni" {
  name        = "made-by-hand"
  description = "made-by-hand"
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_ipv4         = data.aws_vpc.main.cidr_block
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = data.aws_vpc.main.cidr_block
}
