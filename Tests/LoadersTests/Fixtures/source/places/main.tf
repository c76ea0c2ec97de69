variable "ports" {
  type    = list(number)
  default = [443, 9092]
}

variable "partner" {
  type      = string
  sensitive = true
  default   = "198.51.100.0/24"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_security_group" "blocks" {
  name   = "blocks"
  vpc_id = aws_vpc.main.id

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [aws_vpc.main.cidr_block]
  }

  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["203.0.113.0/24", "203.0.114.0/24"]
  }

  egress {
    protocol         = "-1"
    from_port        = 0
    to_port          = 0
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

resource "aws_security_group" "dynamic" {
  name   = "dynamic"
  vpc_id = aws_vpc.main.id

  dynamic "ingress" {
    for_each = var.ports
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["10.0.0.0/8"]
    }
  }

  egress = [{
    protocol         = "udp"
    from_port        = 53
    to_port          = 53
    cidr_blocks      = ["10.20.0.2/32"]
    ipv6_cidr_blocks = []
    prefix_list_ids  = []
    security_groups  = []
    self             = false
    description      = ""
  }]
}

resource "aws_security_group" "alike" {
  name   = "alike"
  vpc_id = aws_vpc.main.id

  ingress {
    protocol    = "tcp"
    from_port   = var.ports[0]
    to_port     = var.ports[0]
    cidr_blocks = ["10.0.0.0/8"]
  }

  ingress {
    protocol    = "tcp"
    from_port   = var.ports[1]
    to_port     = var.ports[1]
    cidr_blocks = ["10.0.0.0/8"]
  }
}

resource "aws_security_group" "rules" {
  name   = "rules"
  vpc_id = aws_vpc.main.id
  egress = []
}

resource "aws_vpc_security_group_ingress_rule" "wide" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_security_group_rule" "list" {
  security_group_id = aws_security_group.rules.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_blocks = [
    "10.20.0.0/16",
    "172.16.0.0/12",
  ]
}

resource "aws_vpc_security_group_ingress_rule" "hidden" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_ipv4         = sensitive("203.0.113.64/26")
}

resource "aws_vpc_security_group_ingress_rule" "partner" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
  cidr_ipv4         = var.partner
}

module "own" {
  source = "./modules/sg"
  vpc_id = aws_vpc.main.id
}

module "fetched" {
  source = "./fetched"
  vpc_id = aws_vpc.main.id
}
