import {
  CLIENT_LIMITS,
  FreshetError,
  fullAllowance,
  grant,
  TENANT_LIMITS,
  type Allowance,
  type Client,
  type Clock,
  type LimitedRequest,
  type RateLimit,
  type Registry,
} from '@freshet/protocol'

/** The holder of the limit that refused a request. */
export type LimitHolder = 'client' | 'tenant'

/** The number of requests that a limit refused since the start. */
export interface LimitRefusals {
  readonly request: LimitedRequest
  readonly limit: LimitHolder
  readonly count: number
}

const ALL = (['mint', 'revoke'] as const).flatMap((request) =>
  (['client', 'tenant'] as const).map((limit) => ({ request, limit })),
)

interface AppliedLimit {
  readonly holder: LimitHolder
  readonly name: string
  readonly rate: RateLimit
}

/**
 * The rest of the limits of each client and each tenant at this authority. Only clients that authenticated
 * get here, so there are no more budgets than clients and tenants in the registry. A refused request takes
 * nothing from either budget.
 */
export class ClientBudgets {
  readonly #clock: Clock
  readonly #allowances = new Map<string, Allowance>()
  readonly #refused = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Charges a request to its client and to the tenant of the client, by the limits of the registry or
   * the defaults.
   *
   * @throws `limit.reached` with the time after which the request can be repeated
   */
  take(
    request: LimitedRequest,
    { id, tenant, limits }: Client,
    { tenants }: Pick<Registry, 'tenants'>,
  ): void {
    const ofTenant = tenants.get(tenant)?.limits?.[request] ?? TENANT_LIMITS[request]
    const applied: readonly AppliedLimit[] = [
      { holder: 'client', name: id, rate: limits?.[request] ?? CLIENT_LIMITS[request] },
      { holder: 'tenant', name: tenant, rate: ofTenant },
    ]
    const nowMs = this.#clock.monotonicMs()
    const answers = applied.map((each) => {
      const key = JSON.stringify([request, each.holder, each.name])
      const before = this.#allowances.get(key) ?? fullAllowance(each.rate, nowMs)
      return { ...each, key, ...grant(each.rate, before, 1, nowMs) }
    })
    for (const { granted, ...refused } of answers)
      if (granted === 0) throw this.#refusal(request, refused)
    for (const { key, allowance } of answers) this.#allowances.set(key, allowance)
  }

  /** Returns the refusals of each request and limit, also if there were none. */
  refusals(): readonly LimitRefusals[] {
    return ALL.map(({ request, limit }) => ({
      request,
      limit,
      count: this.#refused.get(`${request} ${limit}`) ?? 0,
    }))
  }

  #refusal(
    request: LimitedRequest,
    { holder, name, rate, retryAfterMs }: AppliedLimit & { readonly retryAfterMs: number },
  ): FreshetError {
    const counted = `${request} ${holder}`
    this.#refused.set(counted, (this.#refused.get(counted) ?? 0) + 1)
    const what = request === 'mint' ? 'tokens' : 'revocations'
    const message =
      `${holder === 'client' ? 'Client' : 'Tenant'} ${name} reached its limit of ${what}: ` +
      `${rate.perSecond} per second on average, ${rate.burst} at once. Repeat the request after the ` +
      'time in Retry-After, or raise `limits` in the registry.'
    return new FreshetError('limit.reached', message, { retryAfterMs })
  }
}
