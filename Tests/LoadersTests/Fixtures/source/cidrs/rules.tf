resource "aws_vpc_security_group_ingress_rule" "whole" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = aws_vpc.main.cidr_block
}

resource "aws_vpc_security_group_ingress_rule" "whole_local" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = local.cidr
}

resource "aws_vpc_security_group_ingress_rule" "whole_text" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = "${aws_vpc.main.cidr_block}"
}

resource "aws_vpc_security_group_ingress_rule" "whole_join" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = join("", [aws_vpc.main.cidr_block])
}

resource "aws_vpc_security_group_ingress_rule" "whole_chosen" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = terraform.workspace == "default" ? aws_vpc.main.cidr_block : "10.0.0.0/8"
}

resource "aws_vpc_security_group_ingress_rule" "part" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = cidrsubnet(aws_vpc.main.cidr_block, 4, 1)
}

resource "aws_vpc_security_group_ingress_rule" "part_of_part" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = cidrsubnet(cidrsubnet(local.cidr, 2, 1), 2, 1)
}

resource "aws_vpc_security_group_ingress_rule" "part_list" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = cidrsubnets(aws_vpc.main.cidr_block, 4, 4)[1]
}

resource "aws_vpc_security_group_ingress_rule" "part_local" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = local.parts[0]
}

resource "aws_vpc_security_group_ingress_rule" "part_module" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = module.part.half
}

resource "aws_vpc_security_group_ingress_rule" "open_replace" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = replace(aws_vpc.main.cidr_block, "/20", "/8")
}

resource "aws_vpc_security_group_ingress_rule" "open_text" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = "${split("/", aws_vpc.main.cidr_block)[0]}/8"
}

resource "aws_vpc_security_group_ingress_rule" "open_condition" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = aws_vpc.main.cidr_block == "" ? "0.0.0.0/0" : aws_vpc.main.cidr_block
}

resource "aws_vpc_security_group_ingress_rule" "open_local" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = local.wide
}

resource "aws_vpc_security_group_ingress_rule" "open_module" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = module.wide.half
}

resource "aws_vpc_security_group_ingress_rule" "open_other" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = aws_vpc.main.id == "x" ? "0.0.0.0/0" : "10.0.0.0/8"
}

resource "aws_vpc_security_group_ingress_rule" "part_count" {
  count             = 2
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "-1"
  cidr_ipv4         = cidrsubnet(aws_vpc.main.cidr_block, 4, count.index)
}

resource "aws_security_group_rule" "list" {
  security_group_id = aws_security_group.pni.id
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks = [
    "198.51.100.0/24", aws_vpc.main.cidr_block, cidrsubnet(aws_vpc.main.cidr_block, 4, 1),
    replace(aws_vpc.main.cidr_block, "/20", "/8"),
  ]
}
