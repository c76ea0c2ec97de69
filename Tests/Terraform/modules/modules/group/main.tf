variable "vpc_id" {
  type = string
}

variable "name" {
  type = string
}

variable "create" {
  type    = bool
  default = true
}

resource "aws_security_group" "this" {
  count  = var.create ? 1 : 0
  name   = var.name
  vpc_id = var.vpc_id
  egress = []
}

resource "aws_security_group" "other" {
  count  = var.create ? 0 : 1
  name   = "${var.name}-other"
  vpc_id = var.vpc_id
}

output "id" {
  value = try(aws_security_group.this[0].id, aws_security_group.other[0].id)
}
