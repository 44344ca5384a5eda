import type { PolicyAnswer, PolicyEngine, PolicyQuestion } from '@freshet/authority'
import { FreshetError, type Audience, type Claim, type Registry } from '@freshet/protocol'
import { acmeRegistry } from '../acme-registry.ts'

/** The route of {@link approvalRegistry} that has policies, and one that has none. */
export const APPROVE = 'POST /approve'
export const REPORT = 'GET /report'

const schemaFile = 'policies/acme.cedarschema'
const policyFile = 'policies/approve.cedar'

const schema = `
entity Tenant;
entity Subject in [Tenant] = {
  groups: Set<String>,
  entitlements: Set<String>,
  holds: Set<String>,
  "payment-tier"?: String,
};
entity Audience;
action "${APPROVE}" appliesTo {
  principal: Subject,
  resource: Audience,
  context: {
    amount: Long,
    currency?: String,
    actors: Set<{ iss: String, sub: String }>,
  },
};
action "DELETE /all" appliesTo { principal: Subject, resource: Audience };
`

const policies = `// Approvers approve up to 1,000; of the tier unlimited they approve anything.
@id("small amounts")
permit (
  principal in Tenant::"acme",
  action == Action::"${APPROVE}",
  resource == Audience::"payments"
)
when { principal.groups.contains("payments-approvers") && context.amount <= 1000 };

permit (principal in Tenant::"acme", action == Action::"${APPROVE}", resource)
when { principal has "payment-tier" && principal["payment-tier"] == "unlimited" };

@id("on hold")
forbid (principal, action, resource)
when { principal.holds.contains("payments") };

// Overflows for the largest amounts, so that it cannot be evaluated.
@id("not twice the largest")
forbid (principal, action == Action::"${APPROVE}", resource)
when { context.amount * 2 > 9000000000000000000 };

// Of another route: it is not asked here.
permit (principal, action == Action::"DELETE /all", resource)
when { principal.entitlements.contains("delete") };

@id("no agents above 500")
forbid (principal, action == Action::"${APPROVE}", resource)
when { context.amount > 500 && !context.actors.isEmpty() };
`

/** Its policy files by path, as {@link approvalRegistry} names them. */
export const APPROVAL_TEXTS: ReadonlyMap<string, string> = new Map([
  [schemaFile, schema],
  [policyFile, policies],
])

function payments(): Audience {
  const normal = { risk: 'normal', policies: [] } as const
  const require = new Map([['groups', ['payments-approvers']]])
  return {
    name: 'payments',
    claims: ['groups'],
    ttlMs: 300_000,
    routes: new Map([
      [APPROVE, { require, risk: 'high', policies: [policyFile] }],
      [REPORT, { ...normal, require }],
    ]),
  }
}

/** The registry of acme with payments, whose approvals have policies over groups, tier, holds and the amount. */
export function approvalRegistry(more: Partial<Registry> = {}): Registry {
  const { claims, ...acme } = acmeRegistry()
  const groups = claims.get('groups')
  if (groups === undefined) throw new Error('acme has groups')
  const holds: Claim = { ...groups, name: 'holds', source: 'security', polarity: 'restrict' }
  const tier: Claim = { ...groups, name: 'payment-tier', source: 'iga', shape: 'scalar' }
  return {
    ...acme,
    claims: new Map([...claims, ['holds', holds], ['payment-tier', tier]]),
    audiences: new Map([['payments', payments()]]),
    policySchema: schemaFile,
    ...more,
  }
}

/** The policies above, in process and without Cedar: for tests of code that asks them. */
export function approvalPolicies(): PolicyEngine {
  return {
    reads: ({ route }) =>
      Promise.resolve(route === APPROVE ? ['groups', 'holds', 'payment-tier'] : []),
    decide: async (question) => decided(question),
  }
}

function decided({ subject, actors, claims, facts }: PolicyQuestion): PolicyAnswer {
  const { amount, currency = '', ...others } = facts
  const isDeclared =
    typeof amount === 'number' && Number.isInteger(amount) && typeof currency === 'string'
  if (!isDeclared || Object.keys(others).length > 0)
    throw new FreshetError('policy.context', 'planned')
  if (amount * 2 >= 2 ** 63) throw new FreshetError('policy.failed', 'planned')
  const has = (claim: string, value: string): boolean => claims.get(claim)?.includes(value) === true
  if (has('holds', 'payments')) return { permitted: false, by: ['on hold'] }
  if (amount > 500 && actors.length > 0) return { permitted: false, by: ['no agents above 500'] }
  const isOurs = subject.tenant === 'acme'
  const isSmall = has('groups', 'payments-approvers') && amount <= 1_000
  const by = [
    ...(isOurs && has('payment-tier', 'unlimited') ? ['policies/approve.cedar:10'] : []),
    ...(isOurs && isSmall ? ['small amounts'] : []),
  ]
  return { permitted: by.length > 0, by }
}
