/** Every change of authority: partition 0 is the control partition, the others are subjects'. */
export const CHANGES_TOPIC = 'freshet.changes.v1'

/** What issuers issued; partitions as of the changes. */
export const ISSUANCES_TOPIC = 'freshet.issuances.v1'

/** Revocations in batches that end with signed checkpoints; partitions as of the changes. */
export const REVOCATIONS_TOPIC = 'freshet.revocations.v1'

/** What edges applied. */
export const EDGE_REPORTS_TOPIC = 'freshet.edge-reports.v1'

/** What could not be believed, read or allowed: the original bytes with the reason. */
export const QUARANTINE_TOPIC = 'freshet.quarantine.v1'

/** Signed heads of the audit's chains. */
export const AUDIT_TOPIC = 'freshet.audit.v1'
