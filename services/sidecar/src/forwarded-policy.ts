import { FreshetError } from '@freshet/protocol'
import type { RoutePolicy } from '@freshet/edge'
import type { ForwardedRequest, DeclaredRoutes } from './declared-routes.ts'

const REQUIRE = 'require.'
const IGNORES = 'ignores'
const SINGLE: ReadonlySet<string> = new Set(['risk', 'audience', 'enforce', 'name'])
const CLAIMS_MAX = 64
const VALUES_MAX = 1_000

/** The parts that find the policy of a forwarded request. */
export interface PolicyContext {
  readonly audience: string
  /** Absent: no registry was given, and only the query has the requirements of a route. */
  readonly routes: DeclaredRoutes | undefined
}

/**
 * The requirements in the query of the proxy’s own configuration: `require.CLAIM=VALUE`, any number of times,
 * `ignores=CLAIM`, any number of times, `risk=high`, `audience=NAME`, `enforce=observe+until+DAY`, `name=ROUTE`. The reader is strict: a misspelt
 * name would otherwise have no effect and let every caller in.
 *
 * @throws `request.malformed`
 */
export function queriedPolicy(query: URLSearchParams): RoutePolicy {
  const require = new Map<string, string[]>()
  const single = new Map<string, string>()
  const ignores = query.getAll(IGNORES)
  for (const [name, value] of query) {
    if (name.startsWith(REQUIRE) && name.length > REQUIRE.length) {
      const claim = name.slice(REQUIRE.length)
      require.set(claim, [...(require.get(claim) ?? []), value])
    } else if (SINGLE.has(name) && !single.has(name)) {
      single.set(name, value)
    } else if (name !== IGNORES || value === '')
      throw malformed(`has a parameter ${JSON.stringify(name)} that is unknown or repeated`)
  }
  const risk = single.get('risk') ?? 'normal'
  if (risk !== 'normal' && risk !== 'high') throw malformed('has a risk other than normal or high')
  if (query.size > VALUES_MAX || require.size > CLAIMS_MAX) throw malformed('requires too much')
  const [enforce, name] = [single.get('enforce'), single.get('name')]
  return {
    ...audienceOf(single.get('audience')),
    ...requirementOf(require),
    risk,
    ...(enforce === undefined ? {} : { enforce }),
    ...(name === undefined ? {} : { name }),
    ...(ignores.length === 0 ? {} : { ignores }),
  }
}

/**
 * The policy of a forwarded request: what the registry declares for it, where there is one, and
 * what the query adds: requirements, never an observation, and never a restriction that it ignores. With a registry, a request whose route
 * it does not declare has none.
 *
 * @throws `request.malformed`, `request.forbidden`
 */
export function forwardedPolicy(
  query: URLSearchParams,
  forwarded: Partial<ForwardedRequest>,
  context: PolicyContext,
): RoutePolicy {
  const queried = queriedPolicy(query)
  if (context.routes === undefined) return queried
  const { enforce, name, ignores } = queried
  if (enforce !== undefined || name !== undefined || ignores !== undefined)
    throw malformed('has enforce, name or ignores, which the registry says here')
  const { method, target } = forwarded
  const declared =
    method === undefined || target === undefined
      ? undefined
      : context.routes(queried.audience ?? context.audience, { method, target })
  if (declared === undefined)
    throw new FreshetError('request.forbidden', 'No such route is declared for this audience.')
  return bothOf(declared, queried)
}

function bothOf(declared: RoutePolicy, queried: RoutePolicy): RoutePolicy {
  const require = new Map<string, string[]>()
  for (const policy of [declared, queried])
    for (const [claim, values] of Object.entries(policy.require ?? {}))
      require.set(claim, [...(require.get(claim) ?? []), ...values])
  const { route, ignores } = declared
  const both = {
    ...audienceOf(queried.audience),
    ...requirementOf(require),
    ...(route === undefined ? {} : { route }),
    ...(ignores === undefined ? {} : { ignores }),
  }
  if (declared.risk === 'high' || queried.risk === 'high') return { ...both, risk: 'high' }
  return { ...declared, ...both }
}

function requirementOf(require: ReadonlyMap<string, readonly string[]>): RoutePolicy {
  return require.size === 0 ? {} : { require: Object.fromEntries(require) }
}

function audienceOf(audience: string | undefined): RoutePolicy {
  if (audience === '') throw malformed('has an empty audience')
  return audience === undefined ? {} : { audience }
}

function malformed(rule: string): FreshetError {
  return new FreshetError('request.malformed', `The query ${rule}.`)
}
