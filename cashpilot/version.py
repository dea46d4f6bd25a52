"""The version of this CashPilot; CHANGELOG.md says what each brought."""

VERSION = "1.1.0"
