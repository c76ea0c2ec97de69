provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_ec2_managed_prefix_list" "entries" {
  name           = "entries"
  address_family = "IPv4"
  max_entries    = 5
}

resource "aws_ec2_managed_prefix_list_entry" "a" {
  prefix_list_id = aws_ec2_managed_prefix_list.entries.id
  cidr           = "192.168.0.0/24"
}

resource "aws_ec2_managed_prefix_list_entry" "b" {
  prefix_list_id = aws_ec2_managed_prefix_list.entries.id
  cidr           = "192.168.1.0/24"
}
