variable "vpc_id" {
  type = string
}

variable "subnet_id" {
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

resource "aws_security_group" "office" {
  name   = "office"
  vpc_id = data.aws_vpc.main.id

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_network_interface" "pni" {
  subnet_id       = var.subnet_id
  description     = "Confluent PNI-sub-0-eni-1"
  security_groups = [aws_security_group.pni.id, aws_security_group.office.id]
}
