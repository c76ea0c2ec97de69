provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_security_group" "pni" {
  name   = "pni"
  vpc_id = aws_vpc.main.id
  tags   = { changed = "yes" }
}
