locals {
  alias    = aws_security_group.plain.id
  chain    = local.alias
  n        = 3
  by_key   = { for k, g in aws_security_group.each : k => g.id }
  obj      = { inner = { sg = aws_security_group.other.id } }
  whole    = aws_security_group.other
  wholes   = aws_security_group.three
  wholemap = aws_security_group.each
  flat     = merge([for t, v in var.teams : { for p in v.ports : "${t}|${p}" => { t = v, port = p } }]...)
}

resource "aws_vpc_security_group_egress_rule" "r0" {

  security_group_id = local.alias
  ip_protocol       = "tcp"
  from_port         = 1000
  to_port           = 1000
  cidr_ipv4         = "10.9.0.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r1" {

  security_group_id = local.chain
  ip_protocol       = "tcp"
  from_port         = 1001
  to_port           = 1001
  cidr_ipv4         = "10.9.1.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r2" {

  security_group_id = local.alias
  ip_protocol       = "tcp"
  from_port         = 1002
  to_port           = 1002
  cidr_ipv4         = "10.9.2.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r3" {

  security_group_id = (local.chain)
  ip_protocol       = "tcp"
  from_port         = 1003
  to_port           = 1003
  cidr_ipv4         = "10.9.3.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r4" {

  security_group_id = aws_security_group.maybe[0].id
  ip_protocol       = "tcp"
  from_port         = 1004
  to_port           = 1004
  cidr_ipv4         = "10.9.4.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r5" {

  security_group_id = aws_security_group.maybe.0.id
  ip_protocol       = "tcp"
  from_port         = 1005
  to_port           = 1005
  cidr_ipv4         = "10.9.5.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r6" {

  security_group_id = one(aws_security_group.maybe[*].id)
  ip_protocol       = "tcp"
  from_port         = 1006
  to_port           = 1006
  cidr_ipv4         = "10.9.6.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r7" {

  security_group_id = one(aws_security_group.maybe.*.id)
  ip_protocol       = "tcp"
  from_port         = 1007
  to_port           = 1007
  cidr_ipv4         = "10.9.7.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r8" {

  security_group_id = aws_security_group.maybe.*.id[0]
  ip_protocol       = "tcp"
  from_port         = 1008
  to_port           = 1008
  cidr_ipv4         = "10.9.8.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r9" {

  security_group_id = join("", aws_security_group.maybe.*.id)
  ip_protocol       = "tcp"
  from_port         = 1009
  to_port           = 1009
  cidr_ipv4         = "10.9.9.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r10" {

  security_group_id = try(aws_security_group.maybe[0].id, "")
  ip_protocol       = "tcp"
  from_port         = 1010
  to_port           = 1010
  cidr_ipv4         = "10.9.10.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r11" {

  security_group_id = try(aws_security_group.never[0].id, aws_security_group.maybe[0].id)
  ip_protocol       = "tcp"
  from_port         = 1011
  to_port           = 1011
  cidr_ipv4         = "10.9.11.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r12" {

  security_group_id = try(aws_security_group.never[0].id, aws_security_group.other.id, "")
  ip_protocol       = "tcp"
  from_port         = 1012
  to_port           = 1012
  cidr_ipv4         = "10.9.12.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r13" {

  security_group_id = coalesce(one(aws_security_group.never[*].id), aws_security_group.other.id)
  ip_protocol       = "tcp"
  from_port         = 1013
  to_port           = 1013
  cidr_ipv4         = "10.9.13.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r14" {

  security_group_id = coalesce(var.sg_override, local.alias)
  ip_protocol       = "tcp"
  from_port         = 1014
  to_port           = 1014
  cidr_ipv4         = "10.9.14.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r15" {

  security_group_id = coalesce("", aws_security_group.three[1].id, local.alias)
  ip_protocol       = "tcp"
  from_port         = 1015
  to_port           = 1015
  cidr_ipv4         = "10.9.15.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r16" {

  security_group_id = var.create ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1016
  to_port           = 1016
  cidr_ipv4         = "10.9.16.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r17" {

  security_group_id = !var.create ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1017
  to_port           = 1017
  cidr_ipv4         = "10.9.17.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r18" {

  security_group_id = var.sg_override != "" ? var.sg_override : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1018
  to_port           = 1018
  cidr_ipv4         = "10.9.18.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r19" {

  security_group_id = length(aws_security_group.never) > 0 ? aws_security_group.never[0].id : aws_security_group.maybe[0].id
  ip_protocol       = "tcp"
  from_port         = 1019
  to_port           = 1019
  cidr_ipv4         = "10.9.19.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r20" {

  security_group_id = concat(aws_security_group.never[*].id, aws_security_group.maybe[*].id, [""])[0]
  ip_protocol       = "tcp"
  from_port         = 1020
  to_port           = 1020
  cidr_ipv4         = "10.9.20.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r21" {

  security_group_id = concat(aws_security_group.three[*].id, [local.alias])[3]
  ip_protocol       = "tcp"
  from_port         = 1021
  to_port           = 1021
  cidr_ipv4         = "10.9.21.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r22" {

  security_group_id = element(aws_security_group.three[*].id, 4)
  ip_protocol       = "tcp"
  from_port         = 1022
  to_port           = 1022
  cidr_ipv4         = "10.9.22.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r23" {

  security_group_id = element(concat(aws_security_group.never.*.id, aws_security_group.three.*.id), 2)
  ip_protocol       = "tcp"
  from_port         = 1023
  to_port           = 1023
  cidr_ipv4         = "10.9.23.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r24" {

  security_group_id = compact(["", aws_security_group.other.id])[0]
  ip_protocol       = "tcp"
  from_port         = 1024
  to_port           = 1024
  cidr_ipv4         = "10.9.24.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r25" {

  security_group_id = flatten([[aws_security_group.plain.id], [[aws_security_group.other.id]]])[1]
  ip_protocol       = "tcp"
  from_port         = 1025
  to_port           = 1025
  cidr_ipv4         = "10.9.25.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r26" {

  security_group_id = reverse(aws_security_group.three[*].id)[0]
  ip_protocol       = "tcp"
  from_port         = 1026
  to_port           = 1026
  cidr_ipv4         = "10.9.26.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r27" {

  security_group_id = aws_security_group.each["b"].id
  ip_protocol       = "tcp"
  from_port         = 1027
  to_port           = 1027
  cidr_ipv4         = "10.9.27.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r28" {

  security_group_id = aws_security_group.each[var.which].id
  ip_protocol       = "tcp"
  from_port         = 1028
  to_port           = 1028
  cidr_ipv4         = "10.9.28.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r29" {

  security_group_id = values(aws_security_group.each)[2].id
  ip_protocol       = "tcp"
  from_port         = 1029
  to_port           = 1029
  cidr_ipv4         = "10.9.29.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r30" {

  security_group_id = (values(aws_security_group.each)[*].id)[0]
  ip_protocol       = "tcp"
  from_port         = 1030
  to_port           = 1030
  cidr_ipv4         = "10.9.30.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r31" {

  security_group_id = [for g in aws_security_group.each : g.id][1]
  ip_protocol       = "tcp"
  from_port         = 1031
  to_port           = 1031
  cidr_ipv4         = "10.9.31.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r32" {

  security_group_id = [for k, g in aws_security_group.each : g.id if k != "a"][0]
  ip_protocol       = "tcp"
  from_port         = 1032
  to_port           = 1032
  cidr_ipv4         = "10.9.32.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r33" {

  security_group_id = { for k, g in aws_security_group.each : upper(k) => g.id }["B"]
  ip_protocol       = "tcp"
  from_port         = 1033
  to_port           = 1033
  cidr_ipv4         = "10.9.33.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r34" {

  security_group_id = { for k, g in aws_security_group.each : "z${k}" => g.id }["zc"]
  ip_protocol       = "tcp"
  from_port         = 1034
  to_port           = 1034
  cidr_ipv4         = "10.9.34.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r35" {

  security_group_id = local.by_key[var.which]
  ip_protocol       = "tcp"
  from_port         = 1035
  to_port           = 1035
  cidr_ipv4         = "10.9.35.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r36" {

  security_group_id = lookup(local.by_key, "c", "")
  ip_protocol       = "tcp"
  from_port         = 1036
  to_port           = 1036
  cidr_ipv4         = "10.9.36.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r37" {

  security_group_id = lookup(local.by_key, "nope", local.alias)
  ip_protocol       = "tcp"
  from_port         = 1037
  to_port           = 1037
  cidr_ipv4         = "10.9.37.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r38" {

  security_group_id = merge(local.by_key, { d = aws_security_group.plain.id })["d"]
  ip_protocol       = "tcp"
  from_port         = 1038
  to_port           = 1038
  cidr_ipv4         = "10.9.38.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r39" {

  security_group_id = local.obj.inner.sg
  ip_protocol       = "tcp"
  from_port         = 1039
  to_port           = 1039
  cidr_ipv4         = "10.9.39.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r40" {

  security_group_id = local.obj["inner"]["sg"]
  ip_protocol       = "tcp"
  from_port         = 1040
  to_port           = 1040
  cidr_ipv4         = "10.9.40.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r41" {

  security_group_id = local.whole.id
  ip_protocol       = "tcp"
  from_port         = 1041
  to_port           = 1041
  cidr_ipv4         = "10.9.41.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r42" {

  security_group_id = local.wholes[1].id
  ip_protocol       = "tcp"
  from_port         = 1042
  to_port           = 1042
  cidr_ipv4         = "10.9.42.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r43" {

  security_group_id = (local.wholes[*].id)[2]
  ip_protocol       = "tcp"
  from_port         = 1043
  to_port           = 1043
  cidr_ipv4         = "10.9.43.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r44" {

  security_group_id = local.wholemap["a"].id
  ip_protocol       = "tcp"
  from_port         = 1044
  to_port           = 1044
  cidr_ipv4         = "10.9.44.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r45" {

  security_group_id = module.m.id
  ip_protocol       = "tcp"
  from_port         = 1045
  to_port           = 1045
  cidr_ipv4         = "10.9.45.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r46" {

  security_group_id = module.m.alt
  ip_protocol       = "tcp"
  from_port         = 1046
  to_port           = 1046
  cidr_ipv4         = "10.9.46.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r47" {

  security_group_id = module.m.all[0]
  ip_protocol       = "tcp"
  from_port         = 1047
  to_port           = 1047
  cidr_ipv4         = "10.9.47.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r48" {

  security_group_id = module.m.all[2]
  ip_protocol       = "tcp"
  from_port         = 1048
  to_port           = 1048
  cidr_ipv4         = "10.9.48.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r49" {

  security_group_id = module.m.map["n1"]
  ip_protocol       = "tcp"
  from_port         = 1049
  to_port           = 1049
  cidr_ipv4         = "10.9.49.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r50" {

  security_group_id = module.k["p"].id
  ip_protocol       = "tcp"
  from_port         = 1050
  to_port           = 1050
  cidr_ipv4         = "10.9.50.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r51" {

  security_group_id = module.k["q"].id
  ip_protocol       = "tcp"
  from_port         = 1051
  to_port           = 1051
  cidr_ipv4         = "10.9.51.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r52" {

  security_group_id = module.k["q"].all[0]
  ip_protocol       = "tcp"
  from_port         = 1052
  to_port           = 1052
  cidr_ipv4         = "10.9.52.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r53" {

  security_group_id = coalesce(module.k["q"].alt, local.alias)
  ip_protocol       = "tcp"
  from_port         = 1053
  to_port           = 1053
  cidr_ipv4         = "10.9.53.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r54" {

  security_group_id = tostring(aws_security_group.plain.id)
  ip_protocol       = "tcp"
  from_port         = 1054
  to_port           = 1054
  cidr_ipv4         = "10.9.54.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r55" {

  security_group_id = nonsensitive(sensitive(aws_security_group.plain.id))
  ip_protocol       = "tcp"
  from_port         = 1055
  to_port           = 1055
  cidr_ipv4         = "10.9.55.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r56" {

  security_group_id = aws_security_group.three[2 - 1].id
  ip_protocol       = "tcp"
  from_port         = 1056
  to_port           = 1056
  cidr_ipv4         = "10.9.56.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r57" {

  security_group_id = aws_security_group.three[local.n % 2].id
  ip_protocol       = "tcp"
  from_port         = 1057
  to_port           = 1057
  cidr_ipv4         = "10.9.57.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r58" {

  security_group_id = aws_security_group.three[tonumber("2")].id
  ip_protocol       = "tcp"
  from_port         = 1058
  to_port           = 1058
  cidr_ipv4         = "10.9.58.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r59" {

  security_group_id = aws_security_group.three[length(aws_security_group.never)].id
  ip_protocol       = "tcp"
  from_port         = 1059
  to_port           = 1059
  cidr_ipv4         = "10.9.59.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r60" {

  security_group_id = aws_security_group.maybe != [] ? aws_security_group.maybe[0].id : ""
  ip_protocol       = "tcp"
  from_port         = 1060
  to_port           = 1060
  cidr_ipv4         = "10.9.60.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r61" {

  security_group_id = split(",", aws_security_group.plain.id)[0]
  ip_protocol       = "tcp"
  from_port         = 1061
  to_port           = 1061
  cidr_ipv4         = "10.9.61.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r62" {

  security_group_id = replace(aws_security_group.plain.id, "x", "x")
  ip_protocol       = "tcp"
  from_port         = 1062
  to_port           = 1062
  cidr_ipv4         = "10.9.62.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r63" {

  security_group_id = format("%s", aws_security_group.other.id)
  ip_protocol       = "tcp"
  from_port         = 1063
  to_port           = 1063
  cidr_ipv4         = "10.9.63.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r64" {

  security_group_id = trimspace("${aws_security_group.other.id}")
  ip_protocol       = "tcp"
  from_port         = 1064
  to_port           = 1064
  cidr_ipv4         = "10.9.64.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r65" {

  security_group_id = sort(aws_security_group.three[*].id)[0]
  ip_protocol       = "tcp"
  from_port         = 1065
  to_port           = 1065
  cidr_ipv4         = "10.9.65.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r66" {

  security_group_id = tolist(toset(aws_security_group.three[*].id))[0]
  ip_protocol       = "tcp"
  from_port         = 1066
  to_port           = 1066
  cidr_ipv4         = "10.9.66.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r67" {

  security_group_id = aws_vpc.main.id == "x" ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1067
  to_port           = 1067
  cidr_ipv4         = "10.9.67.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r68" {

  security_group_id = aws_vpc.main.id == "x" ? aws_security_group.plain.id : aws_vpc.main.default_security_group_id
  ip_protocol       = "tcp"
  from_port         = 1068
  to_port           = 1068
  cidr_ipv4         = "10.9.68.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r69" {

  security_group_id = [for id in aws_security_group.three[*].id : id if id != aws_security_group.three[0].id][0]
  ip_protocol       = "tcp"
  from_port         = 1069
  to_port           = 1069
  cidr_ipv4         = "10.9.69.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r70" {

  security_group_id = "%{if var.create}${aws_security_group.plain.id}%{else}${aws_security_group.other.id}%{endif}"
  ip_protocol       = "tcp"
  from_port         = 1070
  to_port           = 1070
  cidr_ipv4         = "10.9.70.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r71" {

  security_group_id = zipmap(["u", "v"], [aws_security_group.plain.id, aws_security_group.other.id])["v"]
  ip_protocol       = "tcp"
  from_port         = 1071
  to_port           = 1071
  cidr_ipv4         = "10.9.71.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r72" {

  security_group_id = coalescelist(aws_security_group.never[*].id, aws_security_group.three[*].id)[0]
  ip_protocol       = "tcp"
  from_port         = 1072
  to_port           = 1072
  cidr_ipv4         = "10.9.72.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r73" {

  security_group_id = distinct([local.alias, local.chain, aws_security_group.other.id])[1]
  ip_protocol       = "tcp"
  from_port         = 1073
  to_port           = 1073
  cidr_ipv4         = "10.9.73.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r74" {

  security_group_id = slice(aws_security_group.three[*].id, 1, 3)[0]
  ip_protocol       = "tcp"
  from_port         = 1074
  to_port           = 1074
  cidr_ipv4         = "10.9.74.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r75" {

  security_group_id = chunklist(aws_security_group.three[*].id, 1)[2][0]
  ip_protocol       = "tcp"
  from_port         = 1075
  to_port           = 1075
  cidr_ipv4         = "10.9.75.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r76" {

  security_group_id = matchkeys(aws_security_group.three[*].id, ["a", "b", "c"], ["b"])[0]
  ip_protocol       = "tcp"
  from_port         = 1076
  to_port           = 1076
  cidr_ipv4         = "10.9.76.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r77" {

  security_group_id = aws_security_group.three[index(["x", "y"], "y")].id
  ip_protocol       = "tcp"
  from_port         = 1077
  to_port           = 1077
  cidr_ipv4         = "10.9.77.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r78" {

  security_group_id = var.create && local.n > 1 ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1078
  to_port           = 1078
  cidr_ipv4         = "10.9.78.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r79" {

  security_group_id = var.create == false || local.n == 3 ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1079
  to_port           = 1079
  cidr_ipv4         = "10.9.79.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r80" {

  security_group_id = can(aws_security_group.never[0].id) ? aws_security_group.never[0].id : aws_security_group.plain.id
  ip_protocol       = "tcp"
  from_port         = 1080
  to_port           = 1080
  cidr_ipv4         = "10.9.80.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r81" {

  security_group_id = contains(["a"], var.which) ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1081
  to_port           = 1081
  cidr_ipv4         = "10.9.81.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r82" {

  security_group_id = terraform.workspace == "default" ? aws_security_group.plain.id : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1082
  to_port           = 1082
  cidr_ipv4         = "10.9.82.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r83" {

  security_group_id = terraform.workspace == "default" ? aws_security_group.plain.id : ""
  ip_protocol       = "tcp"
  from_port         = 1083
  to_port           = 1083
  cidr_ipv4         = "10.9.83.0/32"
}

resource "aws_vpc_security_group_egress_rule" "r84" {
  count             = 3
  security_group_id = aws_security_group.three[count.index].id
  ip_protocol       = "tcp"
  from_port         = 1084
  to_port           = 1084
  cidr_ipv4         = "10.9.84.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r85" {
  count             = 3
  security_group_id = aws_security_group.three[2 - count.index].id
  ip_protocol       = "tcp"
  from_port         = 1085
  to_port           = 1085
  cidr_ipv4         = "10.9.85.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r86" {
  count             = 3
  security_group_id = aws_security_group.three[(count.index + 1) % 3].id
  ip_protocol       = "tcp"
  from_port         = 1086
  to_port           = 1086
  cidr_ipv4         = "10.9.86.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r87" {
  count             = 3
  security_group_id = aws_security_group.three[floor(count.index / 2)].id
  ip_protocol       = "tcp"
  from_port         = 1087
  to_port           = 1087
  cidr_ipv4         = "10.9.87.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r88" {
  count             = 3
  security_group_id = element(aws_security_group.three[*].id, count.index + 1)
  ip_protocol       = "tcp"
  from_port         = 1088
  to_port           = 1088
  cidr_ipv4         = "10.9.88.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r89" {
  count             = 2
  security_group_id = local.wholes[count.index].id
  ip_protocol       = "tcp"
  from_port         = 1089
  to_port           = 1089
  cidr_ipv4         = "10.9.89.${count.index}/32"
}

resource "aws_vpc_security_group_egress_rule" "r90" {
  for_each          = toset(["a", "c"])
  security_group_id = aws_security_group.each[each.key].id
  ip_protocol       = "tcp"
  from_port         = 1090
  to_port           = 1090
  cidr_ipv4         = "10.9.90.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r91" {
  for_each          = toset(["a", "c"])
  security_group_id = aws_security_group.each[each.value].id
  ip_protocol       = "tcp"
  from_port         = 1091
  to_port           = 1091
  cidr_ipv4         = "10.9.91.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r92" {
  for_each          = { k1 = "b", k2 = "a" }
  security_group_id = aws_security_group.each[each.value].id
  ip_protocol       = "tcp"
  from_port         = 1092
  to_port           = 1092
  cidr_ipv4         = "10.9.92.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r93" {
  for_each          = aws_security_group.each
  security_group_id = each.value.id
  ip_protocol       = "tcp"
  from_port         = 1093
  to_port           = 1093
  cidr_ipv4         = "10.9.93.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r94" {
  for_each          = { u = aws_security_group.plain.id, v = aws_security_group.other.id }
  security_group_id = each.value
  ip_protocol       = "tcp"
  from_port         = 1094
  to_port           = 1094
  cidr_ipv4         = "10.9.94.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r95" {
  for_each          = { u = { sg = aws_security_group.plain.id }, v = { sg = aws_security_group.three[1].id } }
  security_group_id = each.value.sg
  ip_protocol       = "tcp"
  from_port         = 1095
  to_port           = 1095
  cidr_ipv4         = "10.9.95.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r96" {
  for_each          = var.teams
  security_group_id = aws_security_group.each[each.value.group].id
  ip_protocol       = "tcp"
  from_port         = 1096
  to_port           = 1096
  cidr_ipv4         = "10.9.96.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r97" {
  for_each          = local.flat
  security_group_id = aws_security_group.each[each.value.t.group].id
  ip_protocol       = "tcp"
  from_port         = 1097
  to_port           = 1097
  cidr_ipv4         = "10.9.97.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r98" {
  for_each          = toset(["a|1", "b|2"])
  security_group_id = aws_security_group.each[split("|", each.key)[0]].id
  ip_protocol       = "tcp"
  from_port         = 1098
  to_port           = 1098
  cidr_ipv4         = "10.9.98.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r99" {
  for_each          = local.wholemap
  security_group_id = local.by_key[each.key]
  ip_protocol       = "tcp"
  from_port         = 1099
  to_port           = 1099
  cidr_ipv4         = "10.9.99.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r100" {
  for_each          = toset(["a", "b"])
  security_group_id = each.key == "a" ? local.alias : aws_security_group.other.id
  ip_protocol       = "tcp"
  from_port         = 1100
  to_port           = 1100
  cidr_ipv4         = "10.9.100.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r101" {
  for_each          = toset(["p", "q"])
  security_group_id = module.k[each.key].id
  ip_protocol       = "tcp"
  from_port         = 1101
  to_port           = 1101
  cidr_ipv4         = "10.9.101.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}

resource "aws_vpc_security_group_egress_rule" "r102" {
  for_each          = { s = "1", t = "2" }
  security_group_id = local.by_key[each.value == "1" ? "a" : "b"]
  ip_protocol       = "tcp"
  from_port         = 1102
  to_port           = 1102
  cidr_ipv4         = "10.9.102.${parseint(substr(md5(each.key), 0, 2), 16)}/32"
}
