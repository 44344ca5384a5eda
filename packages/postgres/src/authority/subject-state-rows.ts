import {
  ACCOUNT_CLAIM,
  CONTROL_PARTITION,
  subjectKey,
  wholeIssuer,
  wholeTenant,
  type AccountState,
  type ClaimSnapshot,
  type ClaimState,
  type ClaimValue,
  type MintSnapshot,
  type SourceVersion,
  type Subject,
  type SubjectSnapshot,
} from '@freshet/protocol'
import { accountStateOf, type StoredAccount } from '../recorder/rows/claim-rows.ts'

/** The sources' state of all `q.parties`, of `q.claims` and their accounts, as columns over the query `q`. */
export const SUBJECT_STATE_COLUMNS: string = `
      (select json_agg(json_build_array(
          s.subject, s.claim, s.source, s.floor_epoch::text, s.floor_n::text, s.elements))
        from claim_state s
        where s.subject = any(q.parties) and s.claim = any(q.claims)) as claims,
      (select json_agg(json_build_array(
          party.key, a.state, a.omitted, a.source, a.epoch::text, a.n::text, a.deleted_by,
          a.deleted_epoch::text, a.deleted_n::text, exists (
            -- A snapshot of accounts that has ended omits it, and a walk has not come to it yet.
            select from feed f
            where f.tenant = q.tenant and f.partition = ${CONTROL_PARTITION}
              and f.ending ->> 'phase' = 'taking'
              and (a.source is distinct from f.source or (a.epoch, a.n)
                < ((f.ending #>> '{floor,0}')::bigint, (f.ending #>> '{floor,1}')::bigint)))))
        from unnest(q.parties) as party(key)
        -- Names first: by a name that a function makes inside of the comparison no index may be asked,
        -- since a row of another tenant could leak through the function.
        cross join lateral unnest(array[party.key, erased_name(party.key)]) as known(name)
        join account_state a on a.subject = known.name) as accounts,
      (select json_agg(distinct jsonb_build_array(d.subject, d.claim))
        from doubt d
        where d.subject = any(q.parties || q.everyone)
          and (d.claim = any(q.claims) or d.claim = '${ACCOUNT_CLAIM}')
          and d.raised and not d.settled) as doubts,
      -- What a full statement that has ended does not name, and a walk has not taken away yet.
      (select json_agg(json_build_array(s.subject, s.claim))
        from claim_state s
        -- The limit keeps one look by key for each claim; joined as a set, every claim would be read.
        cross join lateral (
          select f.ending #> '{floor}' as floor
          from feed f
          where f.tenant = q.tenant and f.source = s.source and f.partition = s.partition
            and f.ending ->> 'phase' = 'taking'
          limit 1) as walk
        where s.subject = any(q.parties) and s.claim = any(q.claims)
          and (s.floor_epoch, s.floor_n)
            < ((walk.floor ->> 0)::bigint, (walk.floor ->> 1)::bigint)) as not_walked,
      (select json_agg(json_build_array(
          s.subject, s.claim, element.value, withdrawal.epoch, withdrawal.n))
        from claim_state s
        cross join lateral jsonb_object_keys(s.elements) as element(value)
        -- The limit keeps one look by key for each element; joined as a set, every withdrawal of
        -- the claim would be read.
        cross join lateral (
          select w.epoch::text, w.n::text
          from withdrawn_value w
          where w.tenant = q.tenant and w.claim = s.claim and w.value = element.value
          limit 1) as withdrawal
        where s.subject = any(q.parties) and s.claim = any(q.claims)) as withdrawn`

type VersionedText = readonly [epoch: string, n: string]

/** A row of {@link SUBJECT_STATE_COLUMNS}. */
export interface SubjectStateRow {
  readonly claims:
    | (readonly [string, string, string, ...VersionedText, Readonly<Record<string, ElementText>>])[]
    | null
  readonly accounts:
    | (readonly [
        string,
        StoredAccount['state'],
        omitted: boolean,
        source: string | null,
        ...VersionedText,
        deletedBy: string | null,
        ...VersionedText,
        notWalked: boolean,
      ])[]
    | null
  readonly doubts: (readonly [string, string])[] | null
  readonly not_walked: (readonly [string, string])[] | null
  readonly withdrawn: (readonly [string, string, string, ...VersionedText])[] | null
}

type ElementText = readonly [...VersionedText, present: boolean]

/** The state of a party's claims in such a row. A doubt of everyone is one of each. */
export function readSubjectState(
  row: SubjectStateRow,
  party: Subject,
): Omit<SubjectSnapshot, 'parties'> {
  const key = subjectKey(party)
  const keys = [key, ...everyoneOf(party)]
  const omitted = (row.accounts ?? [])
    .filter((account) => account[9])
    .map(([of]) => [of, ACCOUNT_CLAIM] as const)
  const doubts = [...(row.doubts ?? []), ...(row.not_walked ?? []), ...omitted].filter(([of]) =>
    keys.includes(of),
  )
  return {
    claims: claimsOf(row, key),
    doubts: new Set(doubts.map(([, claim]) => claim)),
    withdrawn: withdrawnOf(row, key),
  }
}

/** The keys that stand for all subjects of a party's tenant, and of its identity provider. */
export function everyoneOf(party: Subject): readonly string[] {
  return [subjectKey(wholeTenant(party.tenant)), subjectKey(wholeIssuer(party))]
}

/** The state of an account in it; `undefined` if no source ever sent an event of it. */
export function accountIn(row: SubjectStateRow, party: Subject): AccountState | undefined {
  const key = subjectKey(party)
  const account = row.accounts?.find(([subject]) => subject === key)
  if (account === undefined) return undefined
  const [, state, omitted, source, epoch, n, deletedBy, deletedEpoch, deletedN] = account
  return {
    state: accountStateOf({ state, omitted }),
    source,
    version: versionOf(epoch, n),
    deletedFloor: versionOf(deletedEpoch, deletedN),
    deletedBy,
  }
}

function claimsOf(row: SubjectStateRow, key: string): ReadonlyMap<string, ClaimSnapshot> {
  const own = (row.claims ?? []).filter(([subject]) => subject === key)
  return new Map(
    own.map(([, claim, source, epoch, n, elements]) => [
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

function withdrawnOf(row: SubjectStateRow, key: string): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const [subject, claim, value, epoch, n] of row.withdrawn ?? []) {
    if (subject !== key) continue
    const values = all.get(claim) ?? new Map<string, SourceVersion>()
    all.set(claim, values.set(value, versionOf(epoch, n)))
  }
  return all
}

function versionOf(epoch: string, n: string): SourceVersion {
  return { epoch: BigInt(epoch), n: BigInt(n) }
}
