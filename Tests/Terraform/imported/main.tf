provider "aws" {
  region = "eu-west-1"
}

variable "group" {}

variable "vpc" {}

variable "written" {}

import {
  to = aws_security_group.kept
  id = var.group
}

resource "aws_security_group" "kept" {
  name        = "outside"
  description = "made elsewhere"
  vpc_id      = var.vpc
}

import {
  to = aws_security_group.emptied
  id = var.written
}

resource "aws_security_group" "emptied" {
  name        = "outside-written"
  description = "made elsewhere"
  vpc_id      = var.vpc
  egress      = []
}

# A group that this configuration only adds to.
variable "other" {}

resource "aws_vpc_security_group_ingress_rule" "added" {
  security_group_id = var.other
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.20.0.0/16"
}

data "aws_security_group" "other" {
  id = var.other
}

resource "aws_vpc_security_group_egress_rule" "added" {
  security_group_id = data.aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 8080
  to_port           = 8080
  cidr_ipv4         = "10.20.0.0/16"
}
