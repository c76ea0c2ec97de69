provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_security_group" "pni" {
  name   = "pni"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.20.0.0/16"
}

resource "aws_vpc_security_group_ingress_rule" "self" {
  security_group_id            = aws_security_group.pni.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.pni.id
}

resource "aws_vpc_security_group_egress_rule" "removed" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group_rule" "list" {
  type              = "ingress"
  security_group_id = aws_security_group.pni.id
  protocol          = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_blocks       = ["10.20.0.0/17", "10.20.128.0/17"]
}
