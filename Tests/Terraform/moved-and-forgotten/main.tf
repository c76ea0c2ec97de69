provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

module "pni" {
  source = "./modules/pni"
  vpc_id = aws_vpc.main.id
}

moved {
  from = aws_security_group.pni
  to   = module.pni.aws_security_group.this
}

removed {
  from = aws_security_group.legacy
  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_vpc_security_group_ingress_rule.legacy
  lifecycle {
    destroy = false
  }
}
