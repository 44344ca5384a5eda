import type { FindingRule, HealthFigures } from './finding-rule.ts'
import { countOf } from './words.ts'

const MISSING = 'minting stops, and a partition pauses, where the active version is missing'

/** Findings about the registry in force, and about routes that an operator opened. */
export const policyHealth: Readonly<
  Record<'policyNone' | 'policyOther' | 'registryWarning' | 'routesOpen', FindingRule>
> = {
  policyNone: {
    alert: null,
    weight: 'not-fresh',
    effect: MISSING,
    find: ({ status }) => {
      if (status === undefined || activeIn({ status }) !== undefined) return []
      const remedy =
        'run `freshet registry activate`, or start one gateway with FRESHET_ACTIVATE_REGISTRY=true'
      return [{ object: 'policy', what: 'No version is active', remedy }]
    },
  },
  policyOther: {
    alert: null,
    weight: 'degraded',
    effect: MISSING,
    find: ({ status }) => {
      const active = activeIn({ status })
      if (status === undefined || active === undefined) return []
      const { version, hash } = status.policy
      if (active.hash === hash) return []
      const what = `Version ${active.version} is active, and the console has loaded another, ${version}`
      const remedy = 'run `freshet registry publish FILE` with the file of the active version'
      return [{ object: 'policy', what, remedy }]
    },
  },
  registryWarning: {
    alert: null,
    weight: 'note',
    effect: 'the registry is in force, and it is incomplete',
    find: ({ registry }) => {
      const [first, ...others] = (registry?.findings ?? []).filter(
        ({ severity }) => severity !== 'note',
      )
      if (first === undefined) return []
      const more = others.length === 0 ? '' : `, and ${others.length} more`
      const what = `${first.place}: ${first.message} (${first.code})${more}`
      const remedy =
        'run `freshet registry lint FILE --slos FILE`, which names each place with its fix'
      return [{ object: 'policy', what, remedy }]
    },
  },
  // It has no alert: an operator opened them until a time.
  routesOpen: {
    alert: null,
    weight: 'degraded',
    effect: 'these routes are served although a claim is unverified, until the grant ends',
    find: ({ status }) => {
      const open = status?.openings.length ?? 0
      if (open === 0) return []
      const what = `${countOf(open, 'route')} opened by break-glass`
      return [{ object: 'routes', what, remedy: '`freshet status` shows who opened each, and why' }]
    },
  },
}

/** The active version, if it is known which text it is. */
function activeIn({
  status,
}: HealthFigures): { readonly version: number; readonly hash: string } | undefined {
  const active = status?.policy.active ?? null
  return active === null || active.hash === null
    ? undefined
    : { version: active.version, hash: active.hash }
}
