provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_security_group" "a" {
  name   = "cond-a"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "b" {
  name   = "cond-b"
  vpc_id = aws_vpc.main.id
}

variable "use_b" {
  type    = bool
  default = true
}

resource "aws_vpc_security_group_ingress_rule" "flag" {
  security_group_id = var.use_b ? aws_security_group.b.id : aws_security_group.a.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "splat" {
  security_group_id = concat(aws_security_group.a[*].id, aws_security_group.b[*].id)[0]
  ip_protocol       = "icmp"
  from_port         = 8
  to_port           = -1
  cidr_ipv4         = "10.0.0.0/8"
}

# The default group, which nothing here manages.
resource "aws_vpc_security_group_ingress_rule" "default" {
  security_group_id = aws_vpc.main.default_security_group_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.20.0.0/16"
}
