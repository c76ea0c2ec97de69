provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_security_group" "pni" {
  name   = "pni"
  vpc_id = aws_vpc.main.id
}

resource "aws_network_interface" "bare" {
  subnet_id = aws_subnet.a.id
}

resource "aws_network_interface" "pni" {
  subnet_id       = aws_subnet.a.id
  security_groups = [aws_security_group.pni.id]
}

resource "aws_network_interface_sg_attachment" "more" {
  network_interface_id = aws_network_interface.bare.id
  security_group_id    = aws_security_group.pni.id
}

resource "aws_vpc_security_group_egress_rule" "to_subnet" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = aws_subnet.a.cidr_block
}
