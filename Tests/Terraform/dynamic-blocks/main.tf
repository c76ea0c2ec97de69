provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

# A list that is unknown when planning. (One that turns out empty, or longer than one, ends the apply
# in "Provider produced inconsistent final plan", a bug of the provider.)
resource "aws_security_group" "full" {
  name   = "full"
  vpc_id = aws_vpc.main.id
  dynamic "egress" {
    for_each = aws_vpc.main.default_security_group_id != "sg-none" ? [443] : []
    content {
      protocol    = "tcp"
      from_port   = egress.value
      to_port     = egress.value
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

resource "aws_security_group" "known" {
  name   = "known"
  vpc_id = aws_vpc.main.id
  dynamic "ingress" {
    for_each = toset(["443", "9092"])
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["10.20.0.0/16"]
    }
  }
}

resource "aws_security_group" "none" {
  name   = "none"
  vpc_id = aws_vpc.main.id
  dynamic "egress" {
    for_each = []
    content {
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

resource "aws_security_group" "unknown_list" {
  name   = "unknown-list"
  vpc_id = aws_vpc.main.id
  egress {
    protocol         = "tcp"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = ["10.20.0.0/16"]
    ipv6_cidr_blocks = aws_vpc.main.default_security_group_id == "sg-none" ? ["::/0"] : []
  }
}
