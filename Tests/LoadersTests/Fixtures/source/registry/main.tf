# The shape of the module that most people use: every rule is linked to its group by a local.
resource "aws_vpc" "main" {
  cidr_block = "10.80.0.0/16"
}

module "pni_plain" {
  source              = "./security-group"
  name                = "pni-plain"
  vpc_id              = aws_vpc.main.id
  ingress_cidr_blocks = [aws_vpc.main.cidr_block]
  ingress_rules       = ["https-443-tcp", "kafka-broker-tcp"]
}

module "pni_all_out" {
  source              = "./security-group"
  name                = "pni-all-out"
  vpc_id              = aws_vpc.main.id
  ingress_cidr_blocks = [aws_vpc.main.cidr_block]
  ingress_rules       = ["https-443-tcp", "kafka-broker-tcp"]
  egress_rules        = ["all-all"]
}

resource "aws_security_group" "own" {
  name   = "pni-own"
  vpc_id = aws_vpc.main.id
  egress = []
}

module "pni_rules_only" {
  source              = "./security-group"
  create_sg           = false
  security_group_id   = aws_security_group.own.id
  ingress_cidr_blocks = ["10.80.0.0/17", "10.80.128.0/17"]
  ingress_rules       = ["https-443-tcp", "kafka-broker-tcp"]
}
