import { preparsePolicySet, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { SubjectAttributes } from '../attributes/subject-attributes.ts'
import type { ThreadQuestion } from '../thread/thread-messages.ts'
import type { SplitPolicy } from './split-policies.ts'

/** The cost of evaluating a set beside its policies, in policies: 45 µs, of about two for each policy. */
export const ASKING_COSTS = 20
/** Characters of a policy's name that answers and the audit keep. */
const NAME_LENGTH_MAX = 200

/** The policies of a route as the engine keeps them. */
export interface RouteSets {
  /** The sets that hold each policy which could apply to a subject with these claims, at least one. */
  readonly of: (claims: ThreadQuestion['claims']) => readonly string[]
  /** The name that people use for a policy of the engine. */
  readonly nameOf: (id: string) => string
}

interface KeptSet {
  readonly id: string
  readonly size: number
}

interface NamedPolicy {
  readonly id: string
  readonly json: PolicyJson
  /** As the engine is given it. */
  readonly exact: PolicyJson | string
}

/**
 * Keeps the policies of a route under `id`: all in one set and, where there are many, again in a set for each
 * value that some ask the subject for first, and one for the others. Whichever asks the engine for less answers
 * a question.
 *
 * @throws where the policies are not sound
 */
export function keepRoute(
  id: string,
  policies: readonly SplitPolicy[],
  attributes: SubjectAttributes,
): RouteSets {
  const names = uniqueNames(policies.map(({ name }) => name))
  const named = policies.map(({ json, text }, at) => {
    return { id: at.toString(36), json, exact: isExact(json) ? json : text }
  })
  const whole = keep(id, named)
  const nameOf = (given: string): string => names[Number.parseInt(given, 36)] ?? given
  const parts = named.length > ASKING_COSTS ? keepParts(id, named, attributes) : undefined
  const of = (claims: ThreadQuestion['claims']): readonly string[] => {
    const some = parts?.(claims) ?? [whole]
    return (costOf(some) < costOf([whole]) ? some : [whole]).map((set) => set.id)
  }
  return { of, nameOf }
}

function costOf(sets: readonly KeptSet[]): number {
  return sets.reduce((sum, { size }) => sum + ASKING_COSTS + size, 0)
}

function keep(id: string, policies: readonly NamedPolicy[]): KeptSet {
  // Short names: the engine copies them for each question.
  const staticPolicies = Object.fromEntries(policies.map((policy) => [policy.id, policy.exact]))
  const made = preparsePolicySet(id, { staticPolicies })
  if (made.type === 'failure') throw new Error(`policies of ${id} cannot be read`)
  return { id, size: policies.length }
}

function keepParts(
  id: string,
  policies: readonly NamedPolicy[],
  attributes: SubjectAttributes,
): (claims: ThreadQuestion['claims']) => readonly KeptSet[] {
  const keyOf = (claim: string, value: string): string => JSON.stringify([id, claim, value])
  const others: NamedPolicy[] = []
  const byValue = new Map<string, NamedPolicy[]>()
  for (const policy of policies) {
    const held = heldValue(policy.json, attributes)
    const key = held && keyOf(held.claim, held.value)
    const own = key === undefined ? others : (byValue.get(key) ?? [])
    own.push(policy)
    if (key !== undefined) byValue.set(key, own)
  }
  const kept = new Map([...byValue].map(([key, own]) => [key, keep(key, own)]))
  // Also where it is empty: a request that the schema does not know is refused all the same.
  const rest = keep(JSON.stringify([id]), others)
  return (claims) => {
    const keys = [...claims].flatMap(([claim, values]) => values.map((each) => keyOf(claim, each)))
    const own = [...new Set(keys)].flatMap((key) => kept.get(key) ?? [])
    return own.length > 0 && others.length === 0 ? own : [rest, ...own]
  }
}

/** Two policies of one name are two all the same. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name, at) => {
    let free = name.slice(0, NAME_LENGTH_MAX)
    while (taken.has(free)) free += `#${at}`
    taken.add(free)
    return free
  })
}

/**
 * Returns whether Cedar's JSON form of a policy equals its text: whole numbers of Cedar have 64 bits, and
 * beyond 53 a number here is another.
 */
function isExact(json: unknown): boolean {
  if (typeof json === 'number') return Number.isSafeInteger(json)
  return typeof json !== 'object' || json === null || Object.values(json).every(isExact)
}

/** A value of a claim that a subject holds or does not. */
interface HeldValue {
  readonly claim: string
  readonly value: string
}

/**
 * The value that a subject must hold for a policy to apply, if the first condition of the policy behind its
 * head is `principal.CLAIM.contains("VALUE")`. For a subject without it, the policy's evaluation ends there:
 * every subject has the set, so no error can occur before, and later conditions are not evaluated. Leaving
 * the policy out for such a subject changes neither decision nor reasons nor errors.
 */
export function heldValue(
  { conditions }: PolicyJson,
  attributes: SubjectAttributes,
): HeldValue | undefined {
  const [first] = conditions
  if (first?.kind !== 'when') return undefined
  const { left, right } = memberOf(firstOperand(first.body), 'contains')
  const { left: of, attr: claim } = memberOf(left, '.')
  const { Value: value } = Object(right) as { readonly Value?: unknown }
  const isOfSubject = (Object(of) as { readonly Var?: unknown }).Var === 'principal'
  if (!isOfSubject || typeof claim !== 'string' || typeof value !== 'string') return undefined
  return attributes.get(claim) === 'set' ? { claim, value } : undefined
}

/** Both sides of an operator of Cedar's JSON form, as far as they are read here. */
interface Sides {
  readonly left?: unknown
  readonly right?: unknown
  readonly attr?: unknown
}

/** A conjunction asks its left side first, and the right one only where that holds. */
function firstOperand(expression: unknown): unknown {
  let first = expression
  for (let next = first; next !== undefined; next = memberOf(first, '&&').left) first = next
  return first
}

function memberOf(expression: unknown, operator: string): Sides {
  const found = (Object(expression) as Readonly<Record<string, unknown>>)[operator]
  return Object(found) as Sides
}
