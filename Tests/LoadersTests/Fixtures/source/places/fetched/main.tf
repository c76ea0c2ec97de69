variable "vpc_id" {
  type = string
}

resource "aws_security_group" "this" {
  name   = "fetched"
  vpc_id = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.this.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
