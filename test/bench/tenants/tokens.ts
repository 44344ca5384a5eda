import { readFile } from 'node:fs/promises'
import { DEV_CLIENT } from '@freshet/cli/stack'
import {
  CONTROL_PARTITION,
  partitionOf,
  PARTITIONS,
  type Label,
  type Subject,
} from '@freshet/protocol'
import { encodeFreshetClaim, readSigningKeySet, type SigningKey } from '@freshet/wire'
import { signToken } from '@freshet/testkit'
import type { BenchStack } from '../stack/bench-stack.ts'
import { CLAIMS, issuerOf } from './registry.ts'

/** Longer than the scenario, and below T_max of an edge. */
const LIFE_S = 3_000

/**
 * Returns tokens as the authority mints them at the recorded positions: one for a subject of each tenant in each
 * partition of subjects. So an edge that judges all of them needs the lease of every feed. They are signed here,
 * because a registry does not have room for a client of each of 4,000 tenants.
 */
export async function tokensOf(
  stack: BenchStack,
  tenants: readonly string[],
): Promise<readonly string[]> {
  const set: unknown = JSON.parse(await readFile(stack.workspace.keys.tokens, 'utf8'))
  const [key] = readSigningKeySet(set, 'ES256')
  if (key === undefined) throw new Error('The stack has no key that signs tokens.')
  const labels = await labelsOf(stack)
  const issuer = stack.at.authority
  return tenants.flatMap((tenant) =>
    subjectsOf(tenant).map((subject) => {
      const label = labels.get(partitionOf(subject))
      if (label === undefined) throw new Error('A partition has no recorded position.')
      return tokenOf({ subject, label, issuer, key })
    }),
  )
}

/** Returns the label of a token of each partition, by what is recorded. */
async function labelsOf({ database }: BenchStack): Promise<ReadonlyMap<number, Label>> {
  type Row = Record<'e' | 'next_offset', bigint> & { partition: number }
  const text = 'SELECT partition, e, next_offset FROM progress'
  const { rows } = await database.query<Row & Record<string, unknown>>({ name: '', text })
  const c = rows.find(({ partition }) => partition === CONTROL_PARTITION)?.next_offset ?? 0n
  return new Map(rows.map(({ partition, e, next_offset: s }) => [partition, { e, s, c }]))
}

/** Returns one subject in each partition of subjects. */
function subjectsOf(tenant: string): readonly Subject[] {
  const found = new Map<number, Subject>()
  for (let n = 0; found.size < PARTITIONS.length - 1; n += 1) {
    const subject = { tenant, iss: issuerOf(tenant), sub: `person-${n}` }
    found.set(partitionOf(subject), subject)
  }
  return [...found.values()]
}

interface Minted {
  readonly subject: Subject
  readonly label: Label
  readonly issuer: string
  readonly key: SigningKey
}

function tokenOf({ subject, label, issuer, key }: Minted): string {
  const { tenant, iss, sub } = subject
  const iat = Math.floor(Date.now() / 1_000)
  const payload = {
    iss: issuer,
    sub,
    aud: 'payments',
    iat,
    exp: iat + LIFE_S,
    jti: `${tenant}-${sub}`,
    client_id: DEV_CLIENT,
    ...CLAIMS,
    freshet: encodeFreshetClaim(label, { pv: 1, tenant }, iss),
  }
  return signToken({ typ: 'at+jwt', alg: key.alg, kid: key.kid }, payload, key)
}
