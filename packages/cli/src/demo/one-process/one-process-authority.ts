import { randomUUID } from 'node:crypto'
import { evaluateAccess, mint, NO_POLICIES } from '@freshet/authority'
import { FreshetError, invariant } from '@freshet/protocol'
import { validationOf, type ValidationAnswer, type Validator } from '@freshet/edge'
import { importJwks, publicJwks, type TimedSigningKey } from '@freshet/wire'
import {
  memoryAssertionStore,
  memoryAuditLog,
  memoryMintStore,
  memoryValidationStore,
} from '@freshet/memory'
import { systemClock } from '@freshet/runtime'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from '../../stack/workspace.ts'
import type { OneProcess } from './one-process-parts.ts'
import { until } from '../until.ts'
import type { DemoWorld } from '../world.ts'

const MINT_WITHIN_MS = 15_000
const LIFE_MAX_MS = 60 * 60_000

/** The authority's use cases in this process. */
export interface OneProcessAuthority {
  readonly minting: Pick<DemoWorld, 'mint' | 'mints'>
  /** Run-time validation, by the same code as over HTTP. */
  readonly validator: Validator
}

/** Wires them, with a client that may ask about tokens. */
export function authorityHere(
  parts: OneProcess,
  tokenKeys: readonly TimedSigningKey[],
  server: { readonly id: string; readonly secret: string },
): OneProcessAuthority {
  const tryMint = (...what: readonly [string, string]): Promise<string | undefined> =>
    mintHere(parts, tokenKeys, what).catch(askAgain)
  return {
    minting: {
      mint: async (...what) =>
        (await until('a token', MINT_WITHIN_MS, () => tryMint(...what))).value,
      mints: async (...what) => (await tryMint(...what)) !== undefined,
    },
    validator: validatorHere(parts, tokenKeys, server),
  }
}

async function mintHere(
  { database, registry: { registry, hash }, issuer }: OneProcess,
  tokenKeys: readonly TimedSigningKey[],
  [subject, audienceName]: readonly [string, string],
): Promise<string> {
  const audience = registry.audiences.get(audienceName)
  invariant(audience, `Audience ${audienceName} is not registered.`)
  const parties = [{ tenant: DEV_TENANT, iss: DEV_IDP, sub: subject }] as const
  const minted = await mint(
    { tenant: DEV_TENANT, parties, client: DEV_CLIENT, audience },
    {
      store: memoryMintStore(database),
      clock: systemClock,
      randomId: () => randomUUID(),
      keys: () => tokenKeys,
      issuer,
      loaded: { registry, hash },
    },
  )
  return minted.jwt
}

function askAgain(error: unknown): undefined {
  if (error instanceof FreshetError && error.disposition === 'retry') return undefined
  throw error
}

function validatorHere(
  { database, registry: { registry, hash }, issuer }: OneProcess,
  tokenKeys: readonly TimedSigningKey[],
  { id, secret }: { readonly id: string; readonly secret: string },
): Validator {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  // No other process can ask.
  const attempts = { admit: () => {}, count: async () => {} }
  const authentication = {
    clients: registry.clients,
    clientKeys: () => [],
    assertions: memoryAssertionStore(database),
    issuer,
    clock: systemClock,
  }
  const deps = {
    authentication,
    audit: memoryAuditLog(database),
    validation: memoryValidationStore(database),
    policies: NO_POLICIES,
    clock: systemClock,
    loaded: { registry, hash },
    lifeMaxMs: LIFE_MAX_MS,
    issuer,
    keys: importJwks(publicJwks(tokenKeys)),
  }
  return {
    async validate(evaluation): Promise<ValidationAnswer> {
      const { judged, ...answer } = await evaluateAccess(
        { authorization, readEvaluation: () => evaluation, attempts },
        deps,
      )
      invariant(judged, 'The authority knows its own tokens.')
      return validationOf({ ...answer, judged })
    },
  }
}
