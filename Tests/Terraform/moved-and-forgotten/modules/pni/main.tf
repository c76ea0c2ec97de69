variable "vpc_id" {
  type = string
}

resource "aws_security_group" "this" {
  name   = "pni"
  vpc_id = var.vpc_id
}
