import type {
  ClaimOfSubjectJson,
  SourceStatementJson,
  SubjectStateJson,
} from '@freshet/insight/answers'
import type { SubjectNow } from '@freshet/authority'
import type { LoggedChange } from '@freshet/insight'
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  subjectKey,
  type ClaimOfSubject,
  type ClaimValue,
  type Registry,
  type SourceStatement,
  type Subject,
} from '@freshet/protocol'
import { sendsIn } from '@freshet/protocol/slo'
import { formatRfc3339 } from '@freshet/wire'
import { subjectJson, type Sight } from '../wire.ts'

/** The state of a subject with the changes that it comes from. */
export interface ReadSubject {
  readonly subject: Subject
  readonly state: SubjectNow
  /** The latest change of each source and claim, and of each operation on the account. */
  readonly latest: readonly LoggedChange[]
  /** The registry that the sources are of. */
  readonly registry: Pick<Registry, 'account' | 'cutOffs'>
  /** Every claim, also those whose sources send nothing in the tenant. */
  readonly isWhole: boolean
}

/** The state of a subject. Without the sight of persons it has the number of values, not the values. */
export function subjectStateJson(
  { subject, state, latest, registry, isWhole }: ReadSubject,
  sight: Sight,
): Omit<SubjectStateJson, 'apiVersion'> {
  return {
    asOf: formatRfc3339(state.atMs),
    tenant: subject.tenant,
    subject: subjectJson(subjectKey(subject), sight),
    known: state.known,
    account: accountJson(state, registry.account, latest),
    claims: state.claims
      .filter((claim) => isWhole || isOfTenant(claim, subject.tenant, registry))
      .map((claim) => claimJson(claim, latest, sight)),
  }
}

/** A claim that was never sent, and whose sources send nothing in the tenant, is not one of its subjects. */
function isOfTenant(
  { statements }: ClaimOfSubject,
  tenant: string,
  registry: ReadSubject['registry'],
): boolean {
  return statements.some(
    ({ source, version }) => version !== undefined || sendsIn(registry, tenant, source),
  )
}

function accountJson(
  { account, accountInDoubt }: SubjectNow,
  ofRegistry: string,
  latest: readonly LoggedChange[],
): SubjectStateJson['account'] {
  const { version } = account
  const source = account.source ?? ofRegistry
  const state = account.state === 'unstated' ? 'enabled' : account.state
  const isTouched = compareVersions(version, NO_VERSION) > 0
  const cause = latest.find(
    (change) => change.claim === null && change.source === source && change.op === state,
  )
  const known = isTouched ? cause : undefined
  return {
    state,
    ...(accountInDoubt && { inDoubt: true }),
    source,
    version: isTouched ? formatVersion(version) : null,
    since: known === undefined ? null : formatRfc3339(known.occurredAtMs),
    change: known?.id ?? null,
  }
}

function claimJson(
  { claim, values, status, silentSource, statements }: ClaimOfSubject,
  latest: readonly LoggedChange[],
  sight: Sight,
): ClaimOfSubjectJson {
  return {
    claim,
    ...shownValues(values, sight),
    status,
    ...(silentSource !== undefined && { silentSource }),
    statements: statements.map((statement) => statementJson(statement, claim, { latest, sight })),
  }
}

interface Shown {
  readonly latest: readonly LoggedChange[]
  readonly sight: Sight
}

function statementJson(
  { source, values, version, throughMs }: SourceStatement,
  claim: string,
  { latest, sight }: Shown,
): SourceStatementJson {
  const change = latest.find((each) => each.claim === claim && each.source === source)
  const sent = version === undefined ? undefined : change
  return {
    source,
    ...shownValues(values, sight),
    version: version === undefined ? null : formatVersion(version),
    change: sent?.id ?? null,
    occurredAt: sent === undefined ? null : formatRfc3339(sent.occurredAtMs),
    through: throughMs === null ? null : formatRfc3339(throughMs),
  }
}

function shownValues(
  values: readonly ClaimValue[],
  { persons }: Sight,
): { readonly values: readonly ClaimValue[] | null; readonly count: number } {
  return { values: persons ? values : null, count: values.length }
}
