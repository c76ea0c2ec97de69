variable "vpc_id" { type = string }
variable "create" { type = bool }
variable "given" {
  type    = string
  default = ""
}
variable "given_all" { type = list(string) }
locals {
  id = var.create ? concat(aws_security_group.this.*.id, aws_security_group.alt.*.id, [""])[0] : var.given
}
resource "aws_security_group" "this" {
  count  = 0
  name   = "this"
  vpc_id = var.vpc_id
}
resource "aws_security_group" "alt" {
  count       = var.create ? 1 : 0
  name_prefix = "alt"
  vpc_id      = var.vpc_id
}
output "id" { value = local.id }
output "alt" { value = one(aws_security_group.alt[*].id) }
output "all" { value = concat(aws_security_group.alt[*].id, var.given_all) }
output "map" { value = { for i, id in var.given_all : "n${i}" => id } }
