import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { ACTORS } from './registry-names.ts'

type Actions = SchemaJson<string>[string]['actions']

/** The type that `context.actors` has, as the Cedar schema writes it. */
export const ACTORS_TYPE = 'Set<{ iss: String, sub: String }>'

/**
 * The form in which an action of a schema, with its types resolved, declares `context.actors`: not at all, in
 * the one form that the authority fills, or in another.
 */
export function declaredActors(route: string, actions: Actions): 'none' | 'shown' | 'other' {
  const { context } = actions[route]?.appliesTo ?? {}
  const declared = attributeOf(context, ACTORS)
  if (declared === undefined) return 'none'
  const { type, required = true, element } = declared
  const names = Object.keys(element?.attributes ?? {}).toSorted()
  const isText = names.every((name) => {
    const member = attributeOf(element, name)
    return member?.type === 'String' && member.required !== false
  })
  const isShown = type === 'Set' && required && names.join() === 'iss,sub' && isText
  return isShown ? 'shown' : 'other'
}

/** The part of a resolved type that identifies it. */
interface Attribute {
  readonly type: string
  readonly required?: boolean
  readonly element?: Holder
}

interface Holder {
  readonly attributes?: Readonly<Record<string, Attribute>>
}

function attributeOf(holder: unknown, name: string): Attribute | undefined {
  const { attributes = {} } = Object(holder) as Holder
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined
}
