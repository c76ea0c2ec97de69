variable "create" {
  type    = bool
  default = true
}

variable "create_sg" {
  type    = bool
  default = true
}

variable "use_name_prefix" {
  type    = bool
  default = true
}

variable "security_group_id" {
  type    = string
  default = null
}

variable "name" {
  type    = string
  default = null
}

variable "vpc_id" {
  type    = string
  default = null
}

variable "ingress_cidr_blocks" {
  type    = list(string)
  default = []
}

variable "egress_cidr_blocks" {
  type    = list(string)
  default = ["0.0.0.0/0"]
}

variable "ingress_rules" {
  type    = list(string)
  default = []
}

variable "egress_rules" {
  type    = list(string)
  default = []
}

variable "rules" {
  type = map(list(any))
  default = {
    https-443-tcp    = [443, 443, "tcp"]
    kafka-broker-tcp = [9092, 9092, "tcp"]
    all-all          = [-1, -1, "-1"]
  }
}
