export { readSlos } from './read/read-slos.ts'
export { SloFileError, type SloFinding, type SloRule } from './read/slo-finding.ts'
