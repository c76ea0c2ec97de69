variable "vpc" {}

variable "name" {
  type = string
}

module "group" {
  source = "../group"
  vpc_id = var.vpc.id
  name   = var.name
}

output "group_id" {
  value = module.group.id
}

output "groups" {
  value = { inner = [module.group.id] }
}
