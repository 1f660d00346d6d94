"""Cloudledger: a ledger of cloud cost that reconciles to the last digit."""
