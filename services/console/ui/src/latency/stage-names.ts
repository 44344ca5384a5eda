/** Stages as the pages call them: from where to where. */
export const STAGE_NAMES: Readonly<Record<string, string>> = {
  source: 'Commit to append',
  ingest: 'Append to receipt',
  reconcile: 'Receipt to record',
  publish: 'Record to revocation',
  edge_apply: 'Revocation to last edge',
  complete: 'Append to last edge',
}
