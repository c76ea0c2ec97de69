provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_ec2_managed_prefix_list" "inline" {
  name           = "inline"
  address_family = "IPv4"
  max_entries    = 5
  entry {
    cidr = "10.20.0.0/17"
  }
  entry {
    cidr = "10.20.128.0/17"
  }
}

resource "aws_ec2_managed_prefix_list" "entries" {
  name           = "entries"
  address_family = "IPv4"
  max_entries    = 5
}

resource "aws_ec2_managed_prefix_list_entry" "a" {
  prefix_list_id = aws_ec2_managed_prefix_list.entries.id
  cidr           = "192.168.0.0/24"
}

resource "aws_ec2_managed_prefix_list_entry" "c" {
  prefix_list_id = aws_ec2_managed_prefix_list.entries.id
  cidr           = "192.168.3.0/24"
}

resource "aws_security_group" "pni" {
  name   = "pni"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "inline" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_ec2_managed_prefix_list.inline.id
}

resource "aws_security_group_rule" "entries" {
  type              = "ingress"
  security_group_id = aws_security_group.pni.id
  protocol          = "tcp"
  from_port         = 9092
  to_port           = 9092
  prefix_list_ids   = [aws_ec2_managed_prefix_list.entries.id]
}
