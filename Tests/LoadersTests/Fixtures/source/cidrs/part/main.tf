variable "cidr" {}

output "half" {
  value = cidrsubnet(var.cidr, 1, 0)
}
