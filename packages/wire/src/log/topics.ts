/** Every change of authority: partition 0 is the control partition, the others belong to subjects. */
export const CHANGES_TOPIC = 'freshet.changes.v1'

/** Tokens that issuers issued; it has the partitions of the change topic. */
export const ISSUANCES_TOPIC = 'freshet.issuances.v1'

/** Revocations in batches that end with signed checkpoints; it has the partitions of the change topic. */
export const REVOCATIONS_TOPIC = 'freshet.revocations.v1'

/** Reports of edges about the batches that they applied. */
export const EDGE_REPORTS_TOPIC = 'freshet.edge-reports.v1'

/** Records that could not be proven, read or allowed: the original bytes with the reason. */
export const QUARANTINE_TOPIC = 'freshet.quarantine.v1'

/** Signed heads of the audit's chains. */
export const AUDIT_TOPIC = 'freshet.audit.v1'
