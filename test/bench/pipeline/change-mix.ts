import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { type Change, type ClaimChange, type Subject } from '@freshet/protocol'

/** The number of subjects of the source. */
export const SUBJECTS = 20_000
const GROUPS = 200
const GROUPS_AT_FIRST = 8
const DEPARTMENTS = 40

/** Returns the n-th person. */
export function personOf(n: number): Subject {
  return { tenant: DEV_TENANT, iss: DEV_IDP, sub: `person-${n}@acme.example` }
}

/** A source that keeps groups and departments of people, and its changes: the same in every run. */
export interface ChangeMix {
  /** Returns the groups of all people, as an initial load states them. */
  initial(): readonly Change[]
  /**
   * Returns the next change of any person: 40 % an added group, 35 % a removed one, 15 % a new set of groups,
   * 10 % another department. Six in ten remove a value.
   */
  next(occurredAtMs: number): Change
}

/** Creates the source. Ids and versions grow from 1. */
export function changeMix(): ChangeMix {
  const random = randomOf(20_261_125)
  const groupsOf = Array.from({ length: SUBJECTS }, () => drawn(random, GROUPS_AT_FIRST))
  let n = 0
  const change = (
    person: number,
    statement: Pick<ClaimChange, 'claim' | 'op' | 'values'>,
    occurredAtMs: number,
  ): Change => {
    n += 1
    const sourceVersion = { epoch: 0n, n: BigInt(n) }
    const id = `hr-${String(n).padStart(12, '0')}`
    const subject = personOf(person)
    return {
      ...statement,
      kind: 'claim',
      subject,
      tenant: DEV_TENANT,
      source: 'hr',
      id,
      sourceVersion,
      occurredAtMs,
    }
  }
  return {
    initial: () =>
      groupsOf.map((groups, person) =>
        change(person, { claim: 'groups', op: 'set', values: [...groups] }, Date.now()),
      ),
    next(occurredAtMs) {
      const person = Math.floor(random() * SUBJECTS)
      const groups = groupsOf[person] ?? new Set()
      const drawnKind = random()
      const group = `group-${Math.floor(random() * GROUPS)}`
      if (drawnKind < 0.1) {
        const department = `department-${Math.floor(random() * DEPARTMENTS)}`
        return change(
          person,
          { claim: 'department', op: 'set', values: [department] },
          occurredAtMs,
        )
      }
      if (drawnKind < 0.25) {
        groupsOf[person] = drawn(random, GROUPS_AT_FIRST)
        return change(
          person,
          { claim: 'groups', op: 'set', values: [...groupsOf[person]] },
          occurredAtMs,
        )
      }
      const [held] = groups
      if (drawnKind < 0.6 && held !== undefined) {
        groups.delete(held)
        return change(person, { claim: 'groups', op: 'remove', values: [held] }, occurredAtMs)
      }
      groups.add(group)
      return change(person, { claim: 'groups', op: 'add', values: [group] }, occurredAtMs)
    },
  }
}

function drawn(random: () => number, count: number): Set<string> {
  return new Set(Array.from({ length: count }, () => `group-${Math.floor(random() * GROUPS)}`))
}

/** Returns numbers in [0, 1) that are the same in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
