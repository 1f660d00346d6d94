# Tags of the organization's accounts, as the governance file asks for them.
# Written for review from the cost of 2026-10-01 to 2026-10-30; nothing was applied.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

resource "aws_organizations_policy" "tags" {
  name        = "cost-tags"
  description = "Tags that cost is told by"
  type        = "TAG_POLICY"
  content     = file("${path.module}/tag_policy.json")
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = "ou-abcd-12345678"
}

resource "aws_config_config_rule" "required_tags_1" {
  name        = "required-tags-1"
  description = "Resources without the tags that cost is told by"

  source {
    owner             = "AWS"
    source_identifier = "REQUIRED_TAGS"
  }

  scope {
    compliance_resource_types = [
      "AWS::EC2::Instance",
      "AWS::EC2::Volume",
      "AWS::RDS::DBInstance",
      "AWS::S3::Bucket",
    ]
  }

  input_parameters = jsonencode({
    tag1Key   = "cost_center"
    tag2Key   = "environment"
    tag2Value = "prod,dev"
    tag3Key   = "Finance.owner"
    tag4Key   = "Ops.Owner"
  })
}
