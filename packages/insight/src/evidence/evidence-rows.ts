import { type Figure, measured, named, unmeasured, type Scale } from './figure.ts'
import {
  edgesFresh,
  policyActive,
  quarantineEmpty,
  sourcesWithHeartbeats,
} from './measure-pipeline.ts'
import { cutOffsReach, revocationsReach } from './measure-reach.ts'
import { claimsOwned, claimsUsed, highRiskValidated, routesEnforced } from './measure-registry.ts'
import { auditVerified, keysPrivate, reportsSigned, storesEncrypted } from './measure-trust.ts'
import type { Measurements, TokenFigures, TokenLives } from './measurements.ts'
import type { Registry } from '@freshet/protocol'

/** A control of a framework, in the framework's own terms. */
export interface Control {
  readonly framework: string
  readonly id: string
  readonly title: string
}

/** Our claim about a control, and its measurement. */
export interface EvidenceRule extends Control {
  /** Stable name of the row. */
  readonly row: string
  /** In one sentence, what the figure shows. */
  readonly claim: string
  /** The command that shows the same in detail. */
  readonly command: string
  readonly measure: (measurements: Measurements) => Figure
}

const nhi = (id: string, title: string): Control => ({
  framework: 'OWASP Non-Human Identities Top 10, 2025',
  id,
  title,
})
const asvs = (id: string, title: string): Control => ({ framework: 'OWASP ASVS 5.0', id, title })
const CSF: Control = {
  framework: 'NIST CSF 2.0',
  id: 'PR.AA-05',
  title:
    'Access permissions, entitlements, and authorizations are defined in a policy, managed, enforced, and reviewed',
}
const AC: Control = {
  framework: 'NIST SP 800-53 Rev. 5',
  id: 'AC-3(8)',
  title: 'Access Enforcement | Revocation of Access Authorizations',
}
const AU: Control = {
  framework: 'NIST SP 800-53 Rev. 5',
  id: 'AU-10(1)',
  title: 'Non-repudiation | Association of Identities',
}
const AI: Control = {
  framework: 'NIST AI RMF 1.0',
  id: 'MANAGE 2.4',
  title: 'Mechanisms to supersede, disengage, or deactivate AI systems',
}
const IMMEDIATELY = asvs('v5.0.0-8.3.2', 'Changes to values of authorization apply immediately')

const NHI: readonly EvidenceRule[] = [
  {
    row: 'nhi1-offboarding',
    ...nhi('NHI1:2025', 'Improper Offboarding'),
    claim: 'No token of a disabled or deleted account, of a person or workload, counts as fresh.',
    command: 'freshet subject get SUBJECT',
    measure: leaversStale,
  },
  {
    row: 'nhi2-keys',
    ...nhi('NHI2:2025', 'Secret Leakage'),
    claim: 'Only the owner of its file can read a private key.',
    command: 'freshet keys ls',
    measure: keysPrivate,
  },
  {
    row: 'nhi5-claims-used',
    ...nhi('NHI5:2025', 'Overprivileged NHI'),
    claim: 'Tokens carry no claim that no route of their audience requires, and no broad bundle.',
    command: 'freshet registry lint FILE',
    measure: claimsUsed,
  },
  {
    row: 'nhi7-lifetimes',
    ...nhi('NHI7:2025', 'Long-Lived Secrets'),
    claim: 'No token of a workload lives longer than its claims allow.',
    command: 'freshet token explain JTI',
    measure: workloadLifetimesKept,
  },
]

const CSF_ROWS: readonly EvidenceRule[] = [
  {
    row: 'csf-defined',
    ...CSF,
    claim: 'Defined: each claim has an owner and one source of truth.',
    command: 'freshet registry show',
    measure: claimsOwned,
  },
  {
    row: 'csf-managed',
    ...CSF,
    claim: 'Managed: one reviewed version of the registry is in force everywhere.',
    command: 'freshet status',
    measure: policyActive,
  },
  {
    row: 'csf-enforced',
    ...CSF,
    claim: 'Enforced: no route is only observed, and none has a break-glass grant.',
    command: 'freshet break-glass ls',
    measure: routesEnforced,
  },
  {
    row: 'csf-reviewed',
    ...CSF,
    claim: 'Reviewed: no record of a source waits in quarantine.',
    command: 'freshet quarantine ls',
    measure: quarantineEmpty,
  },
]

const ASVS: readonly EvidenceRule[] = [
  {
    row: 'asvs-8.3.2-revocations',
    ...IMMEDIATELY,
    claim: 'Each removal of a source was enforced at every connected edge within the objective.',
    command: 'freshet change explain ID',
    measure: revocationsReach,
  },
  {
    row: 'asvs-8.3.2-sources',
    ...IMMEDIATELY,
    claim: 'Each source is within its lease, so no change of it is missing.',
    command: 'freshet status',
    measure: sourcesWithHeartbeats,
  },
  {
    row: 'asvs-8.3.2-high-risk',
    ...IMMEDIATELY,
    claim: 'The authority decides high-risk requests by the present claims.',
    command: 'freshet audit ls --kind access-decided',
    measure: highRiskValidated,
  },
  {
    row: 'asvs-7.4.2-accounts',
    ...asvs('v5.0.0-7.4.2', 'Sessions end when an account is disabled or deleted'),
    claim: 'No token of a disabled or deleted account counts as fresh.',
    command: 'freshet subject get SUBJECT',
    measure: leaversStale,
  },
  {
    row: 'asvs-7.4.5-cut-off',
    ...asvs('v5.0.0-7.4.5', 'Administrators can terminate sessions'),
    claim: 'Each cut-off and denial was enforced at every connected edge within the objective.',
    command: 'freshet change explain ID',
    measure: cutOffsReach,
  },
  {
    row: 'asvs-12.3.1-stores',
    ...asvs('v5.0.0-12.3.1', 'TLS protects all connections to and from the application'),
    claim: 'The console reaches Kafka and Postgres by TLS, or on its own machine.',
    command: 'freshet doctor',
    measure: storesEncrypted,
  },
  {
    row: 'asvs-16.4.2-audit',
    ...asvs('v5.0.0-16.4.2', 'Logs cannot be modified'),
    claim: 'The audit is unchanged, by signed heads that are also outside the database.',
    command: 'freshet audit verify',
    measure: auditVerified,
  },
]

const NIST: readonly EvidenceRule[] = [
  {
    row: 'ac-3.8-revocations',
    ...AC,
    claim: 'A change of a subject’s attributes was enforced at every connected edge in time.',
    command: 'freshet change explain ID',
    measure: revocationsReach,
  },
  {
    row: 'ac-3.8-sources',
    ...AC,
    claim:
      'Each source of attributes sends heartbeats within its lease, or its claims are refused.',
    command: 'freshet status',
    measure: sourcesWithHeartbeats,
  },
  {
    row: 'ac-3.8-edges',
    ...AC,
    claim: 'Each edge that enforces has a current view of the revocations.',
    command: 'freshet edge ls',
    measure: edgesFresh,
  },
  {
    row: 'ac-3.8-lifetimes',
    ...AC,
    claim: 'No token outlives its claims, even if no revocation reaches an edge.',
    command: 'freshet token explain JTI',
    measure: lifetimesKept,
  },
  {
    row: 'au-10.1-reports',
    ...AU,
    claim: 'A client of the registry signs each report that a row about edges uses.',
    command: 'freshet edge ls',
    measure: reportsSigned,
  },
  {
    row: 'ai-rmf-disengage',
    ...AI,
    claim:
      'An agent’s tokens are cut off, by client, key or tenant, at every connected edge in time.',
    command: 'freshet change explain ID',
    measure: cutOffsReach,
  },
]

/**
 * Every row of the report: a control of a framework, and its measurement. No row is without a measurement,
 * and none claims that the framework is met as a whole.
 */
export const EVIDENCE_ROWS: readonly EvidenceRule[] = [...NHI, ...CSF_ROWS, ...ASVS, ...NIST]

/** Measures whether the ledger has an unmarked token of a disabled or deleted account. */
function leaversStale({ tokens }: Measurements): Figure {
  const scale = { unit: 'unmarked tokens of disabled or deleted accounts', limit: 'none' }
  if (tokens === undefined) return unmeasured(scale, 'the ledger was not read')
  const { counted, ofLeavers, ofLeaversUnmarked: unmarked } = tokens
  const detail = `of ${counted} outstanding tokens, ${ofLeavers} are of disabled or deleted accounts, ${unmarked} of them unmarked`
  return ifAll(tokens, measured(scale, unmarked, unmarked === 0, detail))
}

/** Measures whether a token lives longer than its claims allow. */
function lifetimesKept(measurements: Measurements): Figure {
  return lifetimes(measurements, ({ isWorkload }) => !isWorkload, 'people’s')
}

/** The same of the tokens that workloads have for themselves. */
function workloadLifetimesKept(measurements: Measurements): Figure {
  return lifetimes(measurements, ({ isWorkload }) => isWorkload, 'workloads’')
}

function lifetimes(
  { tokens, registry }: Measurements,
  isCounted: (lives: TokenLives) => boolean,
  whose: string,
): Figure {
  const scale = {
    unit: 's, longest life of a token',
    limit: 'the shortest maxTtl of the claims in it',
  }
  if (tokens === undefined || registry === undefined) {
    return unmeasured(scale, 'the ledger was not read')
  }
  const lives = tokens.lives.filter(isCounted)
  if (lives.length === 0) return unmeasured(scale, `none of ${whose} outstanding tokens is fresh`)
  const tooLong = lives.filter((each) => each.longestMs > allowedMs(each, registry))
  const count = lives.reduce((sum, each) => sum + each.tokens, 0)
  const longest = Math.max(...lives.map(({ longestMs }) => longestMs)) / 1000
  const detail =
    tooLong.length === 0
      ? `${count} of ${whose} tokens live no longer than their claims allow`
      : `too long: tokens with ${named(tooLong.map(({ claims }) => claims.join(', ')))}`
  return ifAll(tokens, measured(scale, longest, tooLong.length === 0, detail))
}

function allowedMs({ claims }: TokenLives, registry: Registry): number {
  return Math.min(...claims.map((name) => registry.claims.get(name)?.maxTtlMs ?? Infinity))
}

/** One bad token is enough to be red; to be green takes that all were looked at. */
function ifAll({ isComplete, counted }: TokenFigures, figure: Figure): Figure {
  if (counted === 0) return unmeasured(scaleOf(figure), 'no token is outstanding')
  if (isComplete || figure.verdict === 'red') return figure
  return {
    ...figure,
    verdict: 'unknown',
    detail: `${figure.detail}; not all outstanding tokens were read`,
  }
}

function scaleOf({ unit, limit }: Figure): Scale {
  return { unit, limit }
}
