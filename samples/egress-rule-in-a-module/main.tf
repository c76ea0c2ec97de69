variable "vpc_id" {
  type = string
}

data "aws_vpc" "main" {
  id = var.vpc_id
}

resource "aws_security_group" "pni" {
  name   = "confluent-pni"
  vpc_id = data.aws_vpc.main.id
  egress = []
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_ipv4         = data.aws_vpc.main.cidr_block
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.pni.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = data.aws_vpc.main.cidr_block
}

module "telemetry" {
  source            = "./modules/telemetry"
  security_group_id = aws_security_group.pni.id
  collector_cidr    = "10.99.0.0/24"
}
