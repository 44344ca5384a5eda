import type { Registry } from '@freshet/protocol'
import { pointerOf } from '@freshet/wire'
import { finding, type Finding } from '../lint/finding.ts'

/** Largest file of policies, or of their schema, in bytes; a version has less room than that for all. */
export const POLICY_BYTES_MAX: number = 256 * 1024

/** A policy file or the schema, at one of the places where the registry names it. */
export interface NamedPolicyFile {
  readonly path: string
  /** JSON pointer into the registry file. */
  readonly place: string
}

/** Returns every policy file that a registry names, at every place, and their schema. */
export function namedPolicyFiles({
  policySchema,
  audiences,
}: Registry): readonly NamedPolicyFile[] {
  const routes = [...audiences.values()].flatMap(({ name, routes: all }) =>
    [...all].flatMap(([route, { policies }]) =>
      policies.map((path, at) => ({
        path,
        place: pointerOf(['audiences', name, 'routes', route, 'policies', at]),
      })),
    ),
  )
  if (policySchema === undefined) return routes
  return [...routes, { path: policySchema, place: pointerOf(['policySchema']) }]
}

/** Returns the paths of all policy files that a registry names, each once, including the schema. */
export function policyFilesOf(registry: Registry): readonly string[] {
  return [...new Set(namedPolicyFiles(registry).map(({ path }) => path))]
}

/**
 * Returns the policy files that are named and do not exist. A reader that knows Cedar checks their content.
 */
export function policyFileFindings(
  registry: Registry,
  files: ReadonlyMap<string, unknown>,
): readonly Finding[] {
  return namedPolicyFiles(registry).flatMap(({ path, place }) => {
    if (typeof files.get(path) === 'string') return []
    const message = `${path}: the file is missing, too large or no text`
    return [finding('policy.missing', place, { message, fix: 'put it there, or correct the path' })]
  })
}

/** Returns the texts of the policy files that a registry names, by path. */
export function policyTextsOf(
  registry: Registry,
  files: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  return new Map(
    policyFilesOf(registry).flatMap((path) => {
      const text = files.get(path)
      return typeof text === 'string' ? [[path, text] as const] : []
    }),
  )
}

/** A registry with the texts of the policy files that it names. */
export interface PolicyFiles {
  readonly registry: Registry
  readonly policyTexts: ReadonlyMap<string, string>
}

/**
 * Returns the faults in the policies of a registry and in their schema, all of which exist. Places are in the
 * registry file; messages name the line of the policy file.
 */
export type PolicyCheck = (files: PolicyFiles) => Promise<readonly Finding[]>
