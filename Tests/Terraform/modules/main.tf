provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

module "network" {
  source = "./modules/network"
  count  = 2
  vpc    = aws_vpc.main
  name   = "network-${count.index}"
}

module "rules" {
  source   = "./modules/rules"
  for_each = { first = module.network[0].group_id, second = module.network[1].group_id }
  group    = each.value
  port     = each.key == "first" ? 443 : 9092
}

module "more" {
  source = "./modules/rules"
  group  = one(module.network[*].groups["inner"])[0]
  port   = 8443
  count  = 0
}

resource "aws_vpc_security_group_egress_rule" "all" {
  for_each          = { for index, network in module.network : "n${index}" => network.group_id if index == 1 }
  security_group_id = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_ipv4         = "10.20.30.0/24"
}

module "each" {
  source   = "./modules/network"
  for_each = toset(["x", "y"])
  vpc      = aws_vpc.main
  name     = "each-${each.key}"
}

resource "aws_vpc_security_group_ingress_rule" "each" {
  for_each          = module.each
  security_group_id = each.value.group_id
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_ipv4         = "10.20.0.0/16"
}
