import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EditRegistry } from '@freshet/cli/stack'

/** The number of policies: so many for each of so many routes, all in one file. */
export interface ManyPolicies {
  readonly routes: number
  readonly each: number
  /** The member that each policy tests first. Default: the group. */
  readonly first?: 'group' | 'amount'
}

const SCHEMA_FILE = 'policies/bench.cedarschema'
const POLICY_FILE = 'policies/bench.cedar'

/** Returns the n-th route. */
export function routeNamed(n: number): string {
  return `POST /approve/${n}`
}

/** Returns the policy files by path. Only the last policy of each route permits an approver. */
export function policyFiles({ routes, each, first }: ManyPolicies): ReadonlyMap<string, string> {
  const names = Array.from({ length: routes }, (_, n) => routeNamed(n))
  const schema = [
    'entity Tenant;',
    'entity Subject in [Tenant] = { groups: Set<String> };',
    'entity Audience;',
    ...names.map(
      (name) =>
        `action "${name}" appliesTo { principal: Subject, resource: Audience, context: { amount: Long } };`,
    ),
  ]
  const policies = names.flatMap((name) =>
    Array.from({ length: each }, (_, n) => {
      const group = n === each - 1 ? 'payments-approvers' : `approvers-${n}`
      const conditions = [`principal.groups.contains("${group}")`, `context.amount <= ${1_000 + n}`]
      if (first === 'amount') conditions.reverse()
      return `permit (principal, action == Action::"${name}", resource == Audience::"payments")
when { ${conditions.join(' && ')} };`
    }),
  )
  return new Map([
    [SCHEMA_FILE, schema.join('\n')],
    [POLICY_FILE, policies.join('\n')],
  ])
}

/** Returns a registry whose routes all name that file. */
export function registryWith({ routes }: ManyPolicies): object {
  const route = {
    require: { groups: ['payments-approvers'] },
    risk: 'high',
    policies: [POLICY_FILE],
  }
  const names = Array.from({ length: routes }, (_, n) => routeNamed(n))
  const source = {
    owner: 'people',
    keys: 'keys/hr',
    ordering: 'monotonic',
    heartbeat: '1s',
    lease: '5s',
  }
  return {
    version: 1,
    account: 'hr',
    sources: { hr: source },
    claims: {
      groups: {
        source: 'hr',
        owner: 'iam',
        kind: 'authoritative',
        shape: 'set',
        class: 'reduce',
        maxTtl: '10m',
      },
    },
    audiences: {
      payments: {
        claims: ['groups'],
        ttl: '5m',
        routes: Object.fromEntries(names.map((name) => [name, route])),
      },
    },
    policySchema: SCHEMA_FILE,
  }
}

/** Policy files on disk. */
export interface WrittenPolicies {
  readonly many: ManyPolicies
  readonly dir: string
}

/** Writes the files into a folder. */
export async function writePolicies(dir: string, many: ManyPolicies): Promise<WrittenPolicies> {
  for (const [path, text] of policyFiles(many)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  return { many, dir }
}

/** Adds their routes to the audience `payments` of a registry. */
export function addPolicies(
  registry: Parameters<EditRegistry>[0],
  { many, dir }: WrittenPolicies,
): void {
  registry.setIn(['policySchema'], join(dir, SCHEMA_FILE))
  for (let n = 0; n < many.routes; n += 1) {
    const require = { groups: ['payments-approvers'] }
    const route = { require, risk: 'high', policies: [join(dir, POLICY_FILE)] }
    registry.setIn(['audiences', 'payments', 'routes', routeNamed(n)], route)
  }
}
