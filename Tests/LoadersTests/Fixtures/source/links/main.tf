variable "create" {
  type    = bool
  default = true
}
variable "sg_override" {
  type    = string
  default = ""
}
variable "which" {
  type    = string
  default = "b"
}
variable "teams" {
  type = map(object({ group = string, ports = list(number) }))
  default = {
    x = { group = "a", ports = [1, 2] }
    y = { group = "c", ports = [3] }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_security_group" "plain" {
  name   = "plain"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "other" {
  name   = "other"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "maybe" {
  count  = var.create ? 1 : 0
  name   = "maybe"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "never" {
  count  = var.create ? 0 : 1
  name   = "never"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "three" {
  count  = 3
  name   = "three-${count.index}"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "each" {
  for_each = toset(["a", "b", "c"])
  name     = "each-${each.key}"
  vpc_id   = aws_vpc.main.id
}
module "m" {
  source    = "./m"
  vpc_id    = aws_vpc.main.id
  create    = var.create
  given     = aws_security_group.plain.id
  given_all = [for g in aws_security_group.each : g.id]
}
module "k" {
  source    = "./m"
  for_each  = toset(["p", "q"])
  vpc_id    = aws_vpc.main.id
  create    = each.key == "p"
  given     = aws_security_group.other.id
  given_all = values(aws_security_group.each)[*].id
}
