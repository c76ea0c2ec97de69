provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

# A constant beside an unknown value is lost: the list as a whole is unknown in the plan.
resource "aws_security_group" "hidden" {
  name   = "hidden"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group_rule" "hidden" {
  type              = "ingress"
  security_group_id = aws_security_group.hidden.id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  ipv6_cidr_blocks  = ["::/0", aws_vpc.main.ipv6_cidr_block]
}

resource "aws_security_group" "inline" {
  name   = "inline"
  vpc_id = aws_vpc.main.id
  ingress {
    protocol         = "TCP"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = ["10.20.0.0/16"]
    ipv6_cidr_blocks = [aws_vpc.main.ipv6_cidr_block, "2001:DB8::/32"]
  }
  ingress {
    protocol        = "6"
    from_port       = 9092
    to_port         = 9092
    security_groups = [aws_security_group.hidden.id]
    self            = true
  }
  egress = []
}

# One value, not a list: what it refers to is what it is.
resource "aws_security_group" "single" {
  name   = "single"
  vpc_id = aws_vpc.main.id
  egress = []
}

resource "aws_vpc_security_group_ingress_rule" "single" {
  security_group_id = aws_security_group.single.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = aws_vpc.main.ipv6_cidr_block
}

resource "aws_vpc_security_group_ingress_rule" "part" {
  count             = 2
  security_group_id = aws_security_group.single.id
  ip_protocol       = "17"
  from_port         = 53
  to_port           = 53
  cidr_ipv6         = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, count.index)
}
