import {
  subjectKey,
  type AccountState,
  type ClaimSnapshot,
  type ClaimState,
  type ClaimValue,
  type MintSnapshot,
  type SourceVersion,
  type Subject,
  type SubjectSaid,
} from '@freshet/domain'

/**
 * What the sources have said of the first of `q.parties`, of `q.claims`, and of the accounts of all
 * of them, as columns over the query `q`.
 */
export const SAID_COLUMNS = `
      (select json_agg(json_build_array(
          s.claim, s.source, s.floor_epoch::text, s.floor_n::text, s.elements))
        from claim_state s
        where s.subject = q.parties[1] and s.claim = any(q.claims)) as claims,
      (select json_agg(json_build_array(
          a.subject, a.state, a.epoch::text, a.n::text, a.deleted_epoch::text, a.deleted_n::text))
        from account_state a where a.subject = any(q.parties)) as accounts,
      (select json_agg(distinct d.claim)
        from doubt d
        where d.subject = any(array[q.parties[1], q.everyone]) and d.claim = any(q.claims)
          and d.raised and not d.settled) as doubts,
      (select json_agg(json_build_array(s.claim, element.value, withdrawal.epoch, withdrawal.n))
        from claim_state s
        cross join lateral jsonb_object_keys(s.elements) as element(value)
        -- The limit keeps one look by key for each element; joined as a set, every withdrawal of
        -- the claim would be read.
        cross join lateral (
          select w.epoch::text, w.n::text
          from withdrawn_value w
          where w.tenant = q.tenant and w.claim = s.claim and w.value = element.value
          limit 1) as withdrawal
        where s.subject = q.parties[1] and s.claim = any(q.claims)) as withdrawn`

type VersionedText = readonly [epoch: string, n: string]

/** A row of {@link SAID_COLUMNS}. */
export interface SaidRow {
  readonly claims:
    | (readonly [string, string, ...VersionedText, Readonly<Record<string, ElementText>>])[]
    | null
  readonly accounts:
    | (readonly [string, AccountState['state'], ...VersionedText, ...VersionedText])[]
    | null
  readonly doubts: string[] | null
  readonly withdrawn: (readonly [string, string, ...VersionedText])[] | null
}

type ElementText = readonly [...VersionedText, present: boolean]

/** What such a row says of claims. */
export function saidIn(row: SaidRow): Omit<SubjectSaid, 'parties'> {
  return { claims: claimsOf(row), doubts: new Set(row.doubts), withdrawn: withdrawnOf(row) }
}

/** What it says of an account; `undefined` where nobody ever spoke of it. */
export function accountIn(row: SaidRow, party: Subject): AccountState | undefined {
  const key = subjectKey(party)
  const account = row.accounts?.find(([subject]) => subject === key)
  if (account === undefined) return undefined
  return {
    state: account[1],
    version: versionOf(account[2], account[3]),
    deletedFloor: versionOf(account[4], account[5]),
  }
}

function claimsOf(row: SaidRow): ReadonlyMap<string, ClaimSnapshot> {
  return new Map(
    (row.claims ?? []).map(([claim, source, epoch, n, elements]) => [
      claim,
      { source, state: { floor: versionOf(epoch, n), elements: elementsOf(elements) } },
    ]),
  )
}

function elementsOf(elements: Readonly<Record<string, ElementText>>): ClaimState['elements'] {
  return new Map(
    Object.entries(elements).map(([key, [epoch, n, present]]) => [
      key,
      { value: JSON.parse(key) as ClaimValue, version: versionOf(epoch, n), present },
    ]),
  )
}

function withdrawnOf(row: SaidRow): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const [claim, value, epoch, n] of row.withdrawn ?? []) {
    const values = all.get(claim) ?? new Map<string, SourceVersion>()
    all.set(claim, values.set(value, versionOf(epoch, n)))
  }
  return all
}

function versionOf(epoch: string, n: string): SourceVersion {
  return { epoch: BigInt(epoch), n: BigInt(n) }
}
