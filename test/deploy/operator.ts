import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'
import type { KubernetesObject } from './chart.ts'
import { toolSchema } from './tools.ts'

interface Definition {
  readonly spec: {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[]
  }
}

const validators = new Map<string, ValidateFunction>()

/** Returns the objects that the definitions of the Prometheus operator refuse, with the reasons. */
export function operatorFaults(objects: readonly KubernetesObject[]): readonly string[] {
  return objects.flatMap((object) => {
    const validate = validatorOf(object.kind)
    const isValid: boolean = validate(object)
    if (isValid) return []
    return `${object.kind} ${object.metadata.name}: ${JSON.stringify(validate.errors?.slice(0, 3))}`
  })
}

function validatorOf(kind: string): ValidateFunction {
  const known = validators.get(kind)
  if (known) return known
  const file = toolSchema(`monitoring.coreos.com_${kind.toLowerCase()}s.yaml`)
  const [version] = (parse(readFileSync(file, 'utf8')) as Definition).spec.versions
  const ajv = new Ajv({ strict: false, validateFormats: false, code: { regExp } })
  const validate = ajv.compile(closed(version?.schema.openAPIV3Schema ?? {}) as object)
  validators.set(kind, validate)
  return validate
}

/** Go writes the flag in the pattern. The text names this function in the code that Ajv makes. */
const regExp = Object.assign(
  (pattern: string, flags: string): RegExp => {
    const own = pattern.replace('(?i)', '')
    return new RegExp(own, own === pattern ? flags : `${flags}i`)
  },
  { code: 'new RegExp' },
)

/** Kubernetes drops members that a definition does not name, so here they are faults. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.fromEntries(
    Object.entries(schema).map(([key, each]) => [key, closed(each)]),
  )
  const isOpen = !('properties' in members) || 'additionalProperties' in members
  return isOpen ? members : { ...members, additionalProperties: false }
}
