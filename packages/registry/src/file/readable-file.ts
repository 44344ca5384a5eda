import type * as z from 'zod'
import type { NamedPart } from '../lint/readable-registry.ts'

/** @internal */
export const NAMED_PARTS: readonly NamedPart[] = [
  'tenants',
  'sources',
  'claims',
  'audiences',
  'clients',
  'issuers',
  'slo',
]

/** Names that a part of the file declares, whatever their content is. */
export type DeclaredNames = Readonly<Record<NamedPart, ReadonlySet<string> | undefined>>

/** A registry file without its malformed parts. */
export interface ReadableFile {
  readonly value: unknown
  readonly declared: DeclaredNames
  /** True if the account source is named, and well-formed. */
  readonly hasAccount: boolean
}

/**
 * @internal Leaves out of a registry file what its schema refuses: a member that is unknown, an entry with a
 * malformed one, a part that is no mapping. The rest is well-formed.
 */
export function readableFile(
  file: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): ReadableFile {
  const value = structuredClone(file) as Record<string, unknown>
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys') drop(value, issue.path, issue.keys)
  const malformed = issues.filter((issue) => issue.code !== 'unrecognized_keys')
  const isWhole = (part: string): boolean => malformed.every(({ path }) => path[0] !== part)
  const parts = NAMED_PARTS.map((part) => [part, readPart(value[part], part, malformed)] as const)
  return {
    value: {
      version: isWhole('version') ? value['version'] : 1,
      account: isWhole('account') ? value['account'] : '-',
      cutOffs: isWhole('cutOffs') ? (value['cutOffs'] ?? []) : [],
      ...policySchemaOf(value, isWhole),
      ...(value['guards'] && isWhole('guards') ? { guards: value['guards'] } : {}),
      ...(value['breakGlass'] && isWhole('breakGlass') ? { breakGlass: value['breakGlass'] } : {}),
      ...Object.fromEntries(parts),
    },
    declared: declaredIn(file),
    hasAccount: isWhole('account'),
  }
}

/** A malformed schema still exists, so an entry that needs it is not wrong. */
function policySchemaOf(
  { policySchema }: Readonly<Record<string, unknown>>,
  isWhole: (part: string) => boolean,
): { readonly policySchema?: unknown } {
  if (policySchema === undefined) return {}
  return { policySchema: isWhole('policySchema') ? policySchema : '-' }
}

function drop(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  const holder = path.reduce<unknown>((inner, step) => Object(inner)[step], value)
  for (const key of keys) Reflect.deleteProperty(Object(holder), key)
}

function filtered(value: unknown, keeps: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(value)).filter(([name]) => keeps(name)))
}

function readPart(
  value: unknown,
  part: NamedPart,
  malformed: readonly z.core.$ZodIssue[],
): Readonly<Record<string, unknown>> {
  const here = malformed.filter(({ path }) => path[0] === part)
  if (value === undefined || here.some(({ path }) => path.length === 1)) return {}
  const aside = new Set(here.map(({ path }) => String(path[1])))
  return filtered(value, (name) => !aside.has(name))
}

function declaredIn(file: Readonly<Record<string, unknown>>): DeclaredNames {
  const names = NAMED_PARTS.map((part) => {
    const value = file[part]
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
    // A part with a default can be absent, and then declares nothing.
    if (value === undefined && part !== 'sources' && part !== 'claims') return [part, new Set()]
    return [part, isMapping ? new Set(Object.keys(value)) : undefined]
  })
  return Object.fromEntries(names) as DeclaredNames
}
