provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_security_group" "team" {
  for_each = toset(["a", "b.c", "d[0]"])
  name     = "team-${each.key}"
  vpc_id   = aws_vpc.main.id
  egress   = []
}

# The value of the same key.
resource "aws_vpc_security_group_ingress_rule" "chained" {
  for_each          = aws_security_group.team
  security_group_id = each.value.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.20.0.0/16"
}

# Any of them, as far as the plan says.
resource "aws_vpc_security_group_egress_rule" "keyed" {
  for_each          = toset(["a"])
  security_group_id = aws_security_group.team[each.key].id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "map" {
  for_each = {
    one = { group = aws_security_group.team["a"].id, port = 22 }
    two = { group = aws_security_group.team["b.c"].id, port = 3389 }
  }
  security_group_id = each.value.group
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = "192.168.0.0/24"
}

resource "aws_security_group" "numbered" {
  count  = 2
  name   = "numbered-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group_rule" "crossed" {
  count             = 2
  type              = "egress"
  security_group_id = aws_security_group.numbered[1 - count.index].id
  protocol          = "tcp"
  from_port         = 1000 + count.index
  to_port           = 1000 + count.index
  cidr_blocks       = ["10.0.0.0/8"]
}

resource "aws_security_group_rule" "self" {
  count             = 2
  type              = "ingress"
  security_group_id = aws_security_group.numbered[count.index].id
  protocol          = "-1"
  from_port         = 0
  to_port           = 65535
  self              = true
}
