"""Roles and what each may do. This table is the only place that says so."""

ROLES: dict[str, frozenset[str]] = {
    "village_operator": frozenset(
        {
            "people.read",
            "intake.upload",
            "intake.commit",
            "programmes.read",
            "lists.propose",
            "flags.manage",
            "objections.receive",
            "changes.record",
            "reports.read",
            "companions.read",
            "companions.record",
            "complaints.receive",
        }
    ),
    "regency_verifier": frozenset(
        {
            "people.read",
            "intake.upload",
            "intake.commit",
            "programmes.read",
            "lists.propose",
            "lists.verify",
            "cards.read",
            "redemptions.read",
            "matching.review",
            "flags.manage",
            "flags.clear",
            "objections.receive",
            "objections.decide",
            "changes.record",
            "changes.confirm",
            "reports.read",
            "companions.read",
            "complaints.receive",
            "cycles.read",
            "distributions.read",
        }
    ),
    "provincial_approver": frozenset(
        {
            "people.read",
            "programmes.read",
            "programmes.manage",
            "lists.approve",
            "cards.read",
            "partners.read",
            "redemptions.read",
            "settlement.read",
            "criteria.approve",
            "flags.clear",
            "objections.decide",
            "changes.confirm",
            "reports.read",
            "datasets.prepare",
            "cycles.read",
            "policies.approve",
            # Looks a second time where a supervisor looked first.
            "signals.read",
            "signals.judge",
            "complaints.receive",
            "complaints.decide",
            "companions.read",
        }
    ),
    # The agency that owns a programme: drafts its criteria, tries them out, follows its progress.
    "programme_owner": frozenset(
        {
            "programmes.read",
            "programmes.manage",
            "reports.read",
            "datasets.prepare",
            "cycles.read",
            "policies.propose",
        }
    ),
    # The province's data steward (walidata): checks a data set before it is published.
    "data_steward": frozenset({"reports.read", "datasets.publish"}),
    # The data protection officer (UU 27/2022 art. 53).
    "protection_officer": frozenset({"people.read", "audit.read", "privacy.manage"}),
    "card_desk": frozenset(
        {
            "cards.read",
            "cards.manage",
            "cards.print",
            "handovers.record",
            "handovers.review",
            "complaints.receive",
        }
    ),
    # Who carries cards to families: TKSK, PSM, companions of PKH, village volunteers.
    "village_companion": frozenset({"handovers.record"}),
    "print_shop": frozenset({"cards.print"}),
    "partner_admin": frozenset(
        {
            "partners.read",
            "redemptions.read",
            "redemptions.redeem",
            "redemptions.reverse",
            "settlement.read",
            "settlement.agree",
            "terminals.manage",
            "terminals.use",
            "companions.record",
            "complaints.receive",
            "distributions.read",
            "distributions.sign",
            "conflicts.read",
        }
    ),
    "partner_operator": frozenset(
        {
            "redemptions.read",
            "redemptions.redeem",
            # Of what another person gave, on the same day: with and without network alike.
            "redemptions.reverse",
            "terminals.use",
            "companions.record",
            "complaints.receive",
            "distributions.read",
        }
    ),
    # Two of them: what one draws up (a settlement, a payment, a changed right), another approves.
    "finance": frozenset(
        {
            "partners.read",
            "partners.activate",
            "redemptions.read",
            "redemptions.reverse",
            "settlement.read",
            "settlement.manage",
            "payments.manage",
            "entitlements.read",
            "entitlements.adjust",
            "conflicts.read",
            "cycles.read",
        }
    ),
    # Watches over the counters for the social affairs office: conflicts, signals, complaints,
    # distribution days.
    "supervisor": frozenset(
        {
            "partners.read",
            "redemptions.read",
            "entitlements.read",
            "conflicts.read",
            "conflicts.judge",
            "signals.read",
            "signals.judge",
            "complaints.receive",
            "complaints.decide",
            "companions.read",
            "companions.record",
            "distributions.read",
            "distributions.manage",
            "distributions.sign",
            "cycles.read",
        }
    ),
    "auditor": frozenset(
        {
            "people.read",
            "programmes.read",
            "cards.read",
            "keys.read",
            "partners.read",
            "redemptions.read",
            "settlement.read",
            "audit.read",
            "reports.read",
            "entitlements.read",
            "conflicts.read",
            "signals.read",
            "companions.read",
            "distributions.read",
            "cycles.read",
        }
    ),
    "administrator": frozenset(
        {
            "accounts.manage",
            "keys.read",
            "partners.read",
            "partners.manage",
            "terminals.manage",
            "programmes.read",
        }
    ),
    # A partner's own system, by client credentials.
    # What it gave itself it cannot undo: that takes another (see redeeming.rules).
    "integrator": frozenset(
        {"redemptions.read", "redemptions.redeem", "redemptions.reverse", "settlement.read"}
    ),
    # Another government system that asks the registry, by client credentials.
    "registry_client": frozenset({"registry.query"}),
}

PERMISSIONS: frozenset[str] = frozenset().union(*ROLES.values())

# A person in one of these roles signs in with a second factor.
APPROVING_ROLES = frozenset(
    {
        "regency_verifier",
        "provincial_approver",
        "finance",
        "supervisor",
        "administrator",
    }
)

# These roles see one partner and nothing else.
PARTNER_ROLES = frozenset({"partner_admin", "partner_operator", "integrator"})


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Return everything that a person with these roles may do; unknown roles give nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
