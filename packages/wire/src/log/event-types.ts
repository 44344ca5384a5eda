/** `ce_type` of each event on the topics. */
export const EVENT_TYPES = {
  change: 'dev.freshet.change.v1',
  heartbeat: 'dev.freshet.heartbeat.v1',
  heartbeats: 'dev.freshet.heartbeats.v1',
  revocation: 'dev.freshet.revocation.v1',
  claimMap: 'dev.freshet.claim-map.v1',
  issuance: 'dev.freshet.issuance.v1',
  checkpoint: 'dev.freshet.checkpoint.v1',
  edgeReport: 'dev.freshet.edge-report.v1',
  auditHead: 'dev.freshet.audit-head.v1',
} as const
