provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "west"
  region = var.west
}

variable "west" {
  default = "us-west-2"
}

resource "aws_vpc" "here" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_vpc" "there" {
  provider   = aws.west
  cidr_block = "10.20.0.0/16"
}

module "here" {
  source = "./modules/pni"
  vpc    = aws_vpc.here
}

module "there" {
  source = "./modules/pni"
  vpc    = aws_vpc.there
  providers = {
    aws = aws.west
  }
}
