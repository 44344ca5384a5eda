import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { JWK } from 'jose'
import { importSigningKey, orderDigest, signVoucher } from '@freshet/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { canRun, processOf } from '../e2e/test-stack.ts'
import { beginDrill, type Drill } from './drill.ts'
import { done, startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000
const POLLED = { timeout: 60_000, interval: 500 }
const ALGORITHMS = {
  tokens: 'ES256',
  checkpoints: 'EdDSA',
  stamps: 'HS256',
  audit: 'EdDSA',
  vouchers: 'EdDSA',
} as const

/** The losses share a stack, and each has people of its own. */
describe.runIf(canRun)('a file of keys is lost', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await world?.stop()
    expect(world?.stack.deaths).toEqual([])
  })

  /** Loses the file while no reconciler runs, makes a new set as the page shows, and gives it to each process. */
  async function replace(kind: keyof typeof ALGORITHMS, drill: Drill): Promise<void> {
    const { keys, checkpointJwksFile } = world.stack.workspace
    const reconciler = processOf(world.stack, 'reconciler')
    await reconciler.stop()
    await drill.sendUnderWay()
    await rm(keys[kind])
    const [secrets, name] = [join(world.cli.dir, 'secrets'), `${kind}-2`]
    const words = {
      'tokens-2': name,
      ES256: ALGORITHMS[kind],
      'secrets/tokens.keys.json': `secrets/${kind}.keys.json`,
    }
    await mkdir(secrets, { recursive: true })
    await done(world.run('freshet keys gen --name tokens-2 --alg ES256 --out secrets', words))
    await rename(join(secrets, `${name}.private.json`), join(secrets, `${kind}.keys.json`))
    await done(world.run('freshet keys rotate secrets/tokens.keys.json --lead 0s', words))
    await copyFile(join(secrets, `${kind}.keys.json`), keys[kind])
    if (kind === 'checkpoints')
      await copyFile(join(secrets, basename(checkpointJwksFile)), checkpointJwksFile)
    await reconciler.start()
    await drill.untilForbidden()
  }

  describe.each(['tokens', 'checkpoints'] as const)('that signs %s', (kind) => {
    let drill: Drill
    beforeAll(async () => {
      drill = await beginDrill(world, kind)
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())

    it(
      'lets no revoked request in, and every other one is served with the new set',
      async () => {
        await replace(kind, drill)
        await drill.untilServed()
        await world.untilHealthy()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('control: the prober detects each allowed request by each way', () =>
      drill.accuseEverybody())
  })

  describe('that signs heads of the audit', () => {
    let drill: Drill
    beforeAll(async () => {
      drill = await beginDrill(world, 'audit')
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())

    /** Returns whether the audit verifies, and the keys of heads that no given file has. */
    async function verify(...files: readonly string[]) {
      const by = files.flatMap((file) => ['--keys', file])
      const { code, out } = await world.cli.freshet('audit', 'verify', ...by, '-o', 'json')
      const { unknownKeys } = JSON.parse(out) as { readonly unknownKeys: readonly string[] }
      return { code, unknownKeys }
    }

    it(
      'lets no revoked request in, and the old public file and the new one prove the audit together',
      async () => {
        const { audit } = world.stack.workspace.keys
        const kept = join(world.cli.dir, 'kept.jwks.json')
        await copyFile(audit.replace('.keys.json', '.jwks.json'), kept)
        await expect.poll(() => verify(kept), POLLED).toEqual({ code: 0, unknownKeys: [] })
        await replace('audit', drill)
        const made = join(world.cli.dir, 'secrets', 'audit.jwks.json')
        await expect
          .poll(() => verify(kept), POLLED)
          .toMatchObject({ unknownKeys: [expect.any(String)] })
        expect(await verify(made)).toMatchObject({ unknownKeys: [expect.any(String)] })
        await expect.poll(() => verify(kept, made), POLLED).toEqual({ code: 0, unknownKeys: [] })
        await drill.untilServed()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )
  })

  describe('that signs vouchers', () => {
    let drill: Drill
    beforeAll(async () => {
      drill = await beginDrill(world, 'vouchers')
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())

    /** Gives an order for a person as the console does, by the key of the new set that signs. */
    async function order(): Promise<number> {
      const { workspace, at } = world.stack
      const set = JSON.parse(await readFile(workspace.keys.vouchers, 'utf8')) as { keys: JWK[] }
      const [first] = set.keys
      const path = '/v1/cut-offs'
      const body = JSON.stringify({
        op: 'deny',
        tenant: DEV_TENANT,
        scope: 'token',
        target: 'none',
      })
      const vouched = {
        person: { iss: DEV_IDP, sub: 'olga' },
        role: 'operator',
        order: orderDigest({ method: 'POST', path, body: Buffer.from(body) }),
      } as const
      const terms = { console: 'console', audience: at.gateway, nowMs: Date.now() }
      const key = importSigningKey(first)
      const voucher = signVoucher(vouched, key, { ...terms, jti: randomUUID() })
      const headers = { 'content-type': 'application/json', authorization: `Voucher ${voucher}` }
      return (await fetch(new URL(path, at.gateway), { method: 'POST', headers, body })).status
    }

    it(
      'lets no revoked request in, and people give orders again once the gateways have the public file',
      async () => {
        expect(await order()).toBe(202)
        await replace('vouchers', drill)
        expect(await order()).toBe(401)
        const made = join(world.cli.dir, 'secrets', 'vouchers.jwks.json')
        await copyFile(made, world.stack.workspace.voucherJwksFile)
        await expect.poll(order, POLLED).toBe(202)
        await drill.untilServed()
        await world.untilHealthy()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )
  })

  describe('that signs stamps', () => {
    let drill: Drill
    beforeAll(async () => {
      drill = await beginDrill(world, 'stamps')
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())

    it(
      'quarantines the unrecorded changes, and lets no revoked request in',
      async () => {
        await replace('stamps', drill)
        await expect
          .poll(async () => (await world.cli.freshet('quarantine', 'ls')).out)
          .toMatch(/event\.unauthentic/)
        expect(await drill.outcome()).toMatchObject({ status: 503 })
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it(
      'control: no request is served after a snapshot of the account source without accounts',
      async () => {
        await world.truth.writeFiles(world.cli.dir)
        const people = { 'people.jsonl': 'claims.jsonl' }
        await done(world.run('freshet source resync people.jsonl --source hr', people))
        expect(await drill.outcome()).toMatchObject({ status: 503 })
      },
      DRILL_WITHIN_MS,
    )

    it(
      'everybody else is served after the files of all sources',
      async () => {
        await world.resync()
        await drill.untilServed()
        // Heartbeats under the lost key are quarantined, too.
        await world.untilHealthy('a sender did not prove itself')
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('control: the prober detects each allowed request by each way', () =>
      drill.accuseEverybody())
  })
})
