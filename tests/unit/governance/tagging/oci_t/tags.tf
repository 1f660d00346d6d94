# Tags of ocid1.tenancy.oc1..t, as the governance file asks for them.
# Written for review from the cost of 2026-10-01 to 2026-10-30; nothing was applied.

terraform {
  required_providers {
    oci = {
      source = "oracle/oci"
    }
  }
}

variable "tenancy_ocid" {
  type    = string
  default = "ocid1.tenancy.oc1..t"
}

resource "oci_identity_tag_namespace" "tags" {
  compartment_id = var.tenancy_ocid
  name           = "Finance"
  description    = "Tags that cost is told by"
}

resource "oci_identity_tag" "cost_center" {
  tag_namespace_id = oci_identity_tag_namespace.tags.id
  name             = "cost_center"
  description      = "cost_center: CC-\\d{4}"
  is_cost_tracking = true
}

resource "oci_identity_tag" "environment" {
  tag_namespace_id = oci_identity_tag_namespace.tags.id
  name             = "environment"
  description      = "environment: one of 2 values"
  is_cost_tracking = true

  validator {
    validator_type = "ENUM"
    values = [
      "prod",
      "dev",
    ]
  }
}

resource "oci_identity_tag" "owner" {
  tag_namespace_id = oci_identity_tag_namespace.tags.id
  name             = "owner"
  description      = "Finance.owner"
  is_cost_tracking = true
}

# 3 of 3 tagged resources of the compartment have it.
resource "oci_identity_tag_default" "owner_shop" {
  compartment_id    = "ocid1.compartment.oc1..shop"
  tag_definition_id = oci_identity_tag.owner.id
  value             = "shop"
  is_required       = false
}

# 3 of 3 tagged resources of the compartment have it.
resource "oci_identity_tag_default" "cost_center_shop" {
  compartment_id    = "ocid1.compartment.oc1..shop"
  tag_definition_id = oci_identity_tag.cost_center.id
  value             = "CC-1100"
  is_required       = false
}

# 3 of 3 tagged resources of the compartment have it.
resource "oci_identity_tag_default" "environment_shop" {
  compartment_id    = "ocid1.compartment.oc1..shop"
  tag_definition_id = oci_identity_tag.environment.id
  value             = "prod"
  is_required       = false
}

resource "oci_identity_policy" "tags" {
  compartment_id = var.tenancy_ocid
  name           = "Finance-tags"
  description    = "Who may change the tags that cost is told by, and who may use them"
  statements = [
    "allow group TagAdmins to manage tag-namespaces in tenancy where target.tag-namespace.name = 'Finance'",
    "allow group TagAdmins to manage tag-defaults in tenancy",
    "allow group Developers to use tag-namespaces in tenancy where target.tag-namespace.name = 'Finance'",
  ]
}
