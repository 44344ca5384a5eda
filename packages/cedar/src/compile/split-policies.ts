import './wasm-calls.ts'
import {
  policySetTextToParts,
  policyToJson,
  type PolicyJson,
} from '@cedar-policy/cedar-wasm/nodejs'

import type { RoutePolicies } from '../policy-texts.ts'

/** One policy of a file. */
export interface SplitPolicy {
  /** Its `@id`, or the file and the line where it begins. */
  readonly name: string
  readonly text: string
  readonly json: PolicyJson
}

/** The policies of the files of a route, in order. */
export type PoliciesOf = (route: RoutePolicies) => readonly SplitPolicy[]

/** The policies of all files of a version, each file split once: many routes may name the same. */
export function splitFiles(routes: readonly RoutePolicies[]): PoliciesOf {
  const files = new Map(routes.flatMap((route) => route.files))
  const split = new Map([...files].map(([path, text]) => [path, splitPolicies(path, text)]))
  return (route) => route.files.flatMap(([path]) => split.get(path) ?? [])
}

/** The policies of a file that was found sound, in its order. @throws for another */
export function splitPolicies(path: string, text: string): readonly SplitPolicy[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure') throw new Error(`${path}: holds no policies`)
  const placed = parts.policies.map((policy) => ({ policy, at: text.indexOf(policy) }))
  return placed
    .toSorted((a, b) => a.at - b.at)
    .map(({ policy, at }) => {
      const read = policyToJson(policy)
      if (read.type === 'failure') throw new Error(`${path}: holds what is no policy`)
      const line = text.slice(0, Math.max(at, 0)).split('\n').length
      const name = read.json.annotations?.['id'] ?? `${path}:${line}`
      return { name, text: policy, json: read.json }
    })
}
