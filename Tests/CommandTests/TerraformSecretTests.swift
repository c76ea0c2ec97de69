import Foundation
import Testing

/// Plans and states hold secrets in clear; no output may.
@Suite struct TerraformSecretTests {
  /// A plan in which everything that can be sensitive is, with values that are found again.
  static let plan = #"""
    {"format_version":"1.2","terraform_version":"1.11.4",
     "variables":{"partner":{"value":"203.0.113.64/26"},"token":{"value":"hunter2-variable"}},
     "resource_changes":[
      {"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","name":"v",
       "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,
       "after":{"cidr_block":"10.77.0.0/16"},"after_unknown":{"id":true},"after_sensitive":{"cidr_block":true}}},
      {"address":"aws_ec2_managed_prefix_list.l","mode":"managed","type":"aws_ec2_managed_prefix_list",
       "name":"l","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["no-op"],
       "before":{"id":"pl-1","name":"hunter2-list","entry":[{"cidr":"198.51.100.0/25"}]},
       "after":{"id":"pl-1","name":"hunter2-list","entry":[{"cidr":"198.51.100.0/25"}]},
       "after_unknown":{},"after_sensitive":{"name":true,"entry":[{"cidr":true}]},
       "before_sensitive":{"name":true,"entry":[{"cidr":true}]}}},
      {"address":"aws_security_group.g","mode":"managed","type":"aws_security_group","name":"g",
       "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,
       "after":{"name":"hunter2-name","description":"hunter2-description",
        "tags":{"Owner":"hunter2-tag"},"tags_all":{"Owner":"hunter2-tag"},
        "ingress":[{"protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":["203.0.113.64/26"],
         "ipv6_cidr_blocks":["2001:db8:5ec:7e7::/64"],"prefix_list_ids":[],"security_groups":[],"self":false,
         "description":"hunter2-entry"}],
        "egress":[{"protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":["203.0.113.999/26"],
         "ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[],"self":false,"description":""}]},
       "after_unknown":{"id":true,"vpc_id":true},
       "after_sensitive":{"name":true,"description":true,"tags":{"Owner":true},"ingress":true,"egress":true}}},
      {"address":"aws_vpc_security_group_ingress_rule.r","mode":"managed",
       "type":"aws_vpc_security_group_ingress_rule","name":"r",
       "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,
       "after":{"ip_protocol":"tcp","from_port":54321,"to_port":54321,"cidr_ipv4":"192.0.2.128/25",
        "description":"hunter2-rule"},
       "after_unknown":{"security_group_id":true},
       "after_sensitive":{"from_port":true,"to_port":true,"cidr_ipv4":true,"description":true}}},
      {"address":"aws_vpc_security_group_ingress_rule.l","mode":"managed",
       "type":"aws_vpc_security_group_ingress_rule","name":"l",
       "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,
       "after":{"ip_protocol":"tcp","from_port":443,"to_port":443,"prefix_list_id":"pl-1"},
       "after_unknown":{"security_group_id":true},"after_sensitive":{}}}
     ],
     "prior_state":{"format_version":"1.0","values":{"outputs":{"o":{"value":"hunter2-output"}},"root_module":{}}},
     "configuration":{"provider_config":{"aws":{"name":"aws","expressions":{
       "region":{"constant_value":"eu-west-1"},"secret_key":{"constant_value":"hunter2-provider"}}}},
      "root_module":{"resources":[
       {"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","name":"v","expressions":{}},
       {"address":"aws_security_group.g","mode":"managed","type":"aws_security_group","name":"g",
        "expressions":{"vpc_id":{"references":["aws_vpc.v.id","aws_vpc.v"]},"ingress":{"references":["var.partner"]},
         "egress":{"references":["var.partner"]}}},
       {"address":"aws_vpc_security_group_ingress_rule.r","mode":"managed",
        "type":"aws_vpc_security_group_ingress_rule","name":"r","expressions":{"security_group_id":
         {"references":["aws_security_group.g.id","aws_security_group.g"]}}},
       {"address":"aws_vpc_security_group_ingress_rule.l","mode":"managed",
        "type":"aws_vpc_security_group_ingress_rule","name":"l","expressions":{"security_group_id":
         {"references":["aws_security_group.g.id","aws_security_group.g"]}}}
      ]}}}
    """#

  /// Texts that give one of the secrets away: the values, and addresses in them.
  static let secrets = [
    "hunter2", "203.0.113", "192.0.2", "198.51.100", "2001:db8:5ec", "54321", "10.77.",
  ]

  static let state = #"""
    {"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x",
     "outputs":{"o":{"value":"hunter2-output","type":"string"}},"resources":[
      {"mode":"managed","type":"aws_security_group","name":"g",
       "provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"attributes":
        {"id":"sg-12345678","name":"hunter2-name","vpc_id":"vpc-12345678","ingress":[
         {"protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":["203.0.113.64/26"],
          "ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[],"self":false,"description":"hunter2"}],
         "egress":[]},"sensitive_attributes":[[{"type":"get_attr","value":"ingress"}],
          [{"type":"get_attr","value":"name"}]]}]},
      {"mode":"managed","type":"aws_vpc_security_group_ingress_rule","name":"r",
       "provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"attributes":
        {"security_group_id":"sg-12345678","ip_protocol":"tcp","from_port":54321,"to_port":54321,
         "cidr_ipv4":"192.0.2.128/25","description":"hunter2-rule"},
        "sensitive_attributes":[[{"type":"get_attr","value":"cidr_ipv4"}],
         [{"type":"get_attr","value":"from_port"}],[{"type":"get_attr","value":"description"}]]}]}]}
    """#

  static let commands =
    ["text", "json", "sarif", "junit"].flatMap { format in
      [
        ["lint", "-p", "pni", "-p", "terraform", "--select", "all", "-f", format],
        ["lint", "--select", "all", "--fix", "-f", format],
        ["lint", "--select", "all", "--fail-on", "note", "--fix", "-f", format],
      ]
    } + [
      ["show", "-f", "text"], ["show", "-f", "json"],
      ["lint", "--select", "hunter2-name"], ["lint", "--select", "tag:Owner=hunter2-tag"],
    ]

  @Test(arguments: commands) func nothingIsGivenAway(_ arguments: [String]) throws {
    try TemporaryFolder.use { folder in
      for (name, text) in [("plan.json", Self.plan), ("terraform.tfstate", Self.state)] {
        try Data(text.utf8).write(to: folder.appending(path: name))
        let result = try Program.run(arguments + [name], in: folder)
        // What was typed is repeated; what was read is not.
        let typed = arguments.joined(separator: " ")
        let said = (result.output + result.errors).split(separator: "\n")
          .filter { !$0.contains("none of the") }.joined(separator: "\n")
        for secret in Self.secrets where !typed.contains(secret) {
          #expect(!said.contains(secret), "\(secret) of \(name)\n\(said)")
        }
      }
    }
  }

  @Test func whatIsHiddenIsStillJudged() throws {
    try TemporaryFolder.use { folder in
      try Data(Self.plan.utf8).write(to: folder.appending(path: "plan.json"))
      let result = try Program.run(
        ["lint", "--select", "all", "-f", "json", "plan.json"], in: folder)
      let violated = try result.json["results"].elements
        .filter { $0["verdict"].string == "violated" }.compactMap { $0["id"].string }
      #expect(violated.contains("pni-extra-ingress") && violated.contains("pni-client-source"))
      #expect(result.output.contains("(sensitive value)"))
    }
  }
}
