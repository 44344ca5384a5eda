import { stringify } from 'yaml'

/** The sender of the changes of a trial. */
export const TRIAL_SOURCE = 'directory'
export const TRIAL_TENANT = 'trial'
/** The time for which the route is observed. After it, the route enforces by itself. */
export const OBSERVED_FOR_MS: number = 7 * 86_400_000
const LIFE_DEFAULT_S = 600
const CLAIM_LIFE = '1h'

/** The facts of an issuer and of one of its tokens that a trial registry is made from. */
export interface Trial {
  readonly issuer: string
  readonly audience: string
  /** The names of the claims in its tokens. Freshet uses the same names. */
  readonly claims: readonly string[]
  /** The life of its tokens, in seconds; absent: the trial accepts ten minutes. */
  readonly lifeS?: number
  readonly route: string
  /** The last day of observing, as `2026-12-24`. */
  readonly until: string
  readonly secretHash: string
}

/** Returns the registry of a trial: the issuer as it is, one source of every claim, and one observed route. */
export function tryRegistry(trial: Trial): string {
  const { issuer, audience, claims, lifeS = LIFE_DEFAULT_S, route, until, secretHash } = trial
  const registry = {
    version: 1,
    account: TRIAL_SOURCE,
    breakGlass: { maxFor: '15m' },
    tenants: {
      [TRIAL_TENANT]: { identityProviders: [{ issuer, metadata: 'openid-configuration' }] },
    },
    sources: {
      [TRIAL_SOURCE]: {
        owner: 'identity',
        contact: 'the team that runs the directory',
        keys: `keys/${TRIAL_SOURCE}.jwks.json`,
        ordering: 'monotonic',
        versions: 'feed',
        heartbeat: '1s',
        lease: '5s',
      },
    },
    claims: Object.fromEntries(
      claims.map((name) => [
        name,
        {
          source: TRIAL_SOURCE,
          owner: 'identity',
          description: `Values of ${name} in the tokens of the issuer.`,
          kind: 'authoritative',
          shape: 'set',
          class: 'reduce',
          maxTtl: CLAIM_LIFE,
          onUnverified: 'deny',
        },
      ]),
    ),
    issuers: {
      [TRIAL_TENANT]: {
        issuer,
        tenant: TRIAL_TENANT,
        metadata: 'openid-configuration',
        audiences: [audience],
        claims: Object.fromEntries(claims.map((name) => [name, name])),
        subjects: { iss: issuer },
        maxTtl: `${lifeS}s`,
      },
    },
    audiences: {
      [audience]: {
        claims,
        ttl: '5m',
        routes: { [route]: { enforce: `observe until ${until}` } },
      },
    },
    clients: {
      'trial-api': { tenant: TRIAL_TENANT, secretHash, introspects: [audience] },
    },
    slo: { reduce: { objective: '99.9%', within: '2s', window: '28d' } },
  }
  return `${HEAD}${stringify(registry, { lineWidth: 0 })}`
}

const HEAD = `\
# A trial on live traffic: the route is observed, so no request is refused. docs/rollout.md has each step.
`
