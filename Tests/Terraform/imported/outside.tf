provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_security_group" "kept" {
  name        = "outside"
  description = "made elsewhere"
  vpc_id      = aws_vpc.main.id
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "written" {
  name        = "outside-written"
  description = "made elsewhere"
  vpc_id      = aws_vpc.main.id
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "other" {
  name   = "other"
  vpc_id = aws_vpc.main.id
}

output "group" {
  value = aws_security_group.kept.id
}

output "written" {
  value = aws_security_group.written.id
}

output "other" {
  value = aws_security_group.other.id
}

output "vpc" {
  value = aws_vpc.main.id
}
