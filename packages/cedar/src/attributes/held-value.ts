import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { SubjectAttributes } from './subject-attributes.ts'

/** A value of a claim that a subject holds or does not. */
export interface HeldValue {
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
