provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "100.64.0.0/16"
}

resource "aws_security_group" "pni" {
  name   = "pni"
  vpc_id = aws_vpc_ipv4_cidr_block_association.more.vpc_id
  egress = []
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = { a = aws_vpc.main.cidr_block, b = aws_vpc_ipv4_cidr_block_association.more.cidr_block }
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}
