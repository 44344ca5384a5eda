import { readFile } from 'node:fs/promises'
import { askRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import {
  plansWithoutStores,
  startService,
  untilStarted,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

const CLIENT = 'freshet-probe'
const FORM = 'application/x-www-form-urlencoded'
const ROUTES = ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/access/v1/evaluation']
const WRONG = 'wrong-and-secret'
/** More than the 20 wrong secrets that an address can send at once. */
const MANY = 40

let fresh: FreshDatabase
let plans: PlansWithoutStores
let authority: StartedService
let right: string

beforeAll(async () => {
  fresh = await freshDatabase()
  plans = await plansWithoutStores({ probes: true })
  const { FRESHET_PROBE_KEYS_FILE: file = '' } = plans.of('console').env as Record<string, string>
  right = (JSON.parse(await readFile(file, 'utf8')) as { clientSecret: string }).clientSecret
  authority = startService(plans.of('authority'), { DATABASE_URL: fresh.url })
  await untilStarted(authority)
})
afterAll(async () => {
  await authority.end()
  await plans[Symbol.asyncDispose]()
  await fresh.drop()
})

/** Sends a secret from an address on a connection of its own. */
async function ask(route: string, from: string, secret: string, client = CLIENT): Promise<number> {
  const isJson = route.startsWith('/access')
  const headers = [
    ['authorization', `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`],
    ['content-type', isJson ? 'application/json' : FORM],
  ] as const
  const body = isJson
    ? JSON.stringify({
        subject: { type: 'user', id: 'alice' },
        action: { name: 'use-claims' },
        resource: { type: 'audience', id: 'payments' },
        context: { token: 'x' },
      })
    : 'token=x'
  return (await askRaw(authority.url, { method: 'POST', target: route, headers, body, from }))
    .status
}

/** The number of answers by status. */
async function tally(count: number, one: (n: number) => Promise<number>) {
  const seen: Record<number, number> = {}
  for (let n = 0; n < count; n += 1) {
    const status = await one(n)
    seen[status] = (seen[status] ?? 0) + 1
  }
  return seen
}

const entries = async (): Promise<readonly string[]> => {
  const { rows } = await fresh.db.query(
    { name: '', text: `select entry from audit_pending where entry like '%client-refused%'` },
    [],
  )
  return rows.map((row) => String(Object(row)['entry']))
}

describe.runIf(process.platform === 'linux')('wrong client secrets at a started authority', () => {
  it.each(ROUTES)('are slowed down at %s by client and address', async (route) => {
    const from = `127.0.2.${ROUTES.indexOf(route) + 1}`
    const seen = await tally(MANY, (n) => ask(route, from, `${WRONG}-${n}`))
    expect(Object.keys(seen)).toEqual(['401', '429'])
    expect(seen[401]).toBeLessThan(25)
    // The right secret is refused there as well. It would else be found at full speed.
    expect(await ask(route, from, right)).toBe(429)
  })

  it('lock the client out nowhere else', async () => {
    expect(await ask('/oauth/introspect', '127.0.2.9', right)).toBe(200)
  })

  it('control: right secrets are not counted', async () => {
    const seen = await tally(MANY, () => ask('/oauth/introspect', '127.0.2.9', right))
    expect(seen).toEqual({ 200: MANY })
  })

  it('are logged, counted and audited, without the secret and with one entry for many', async () => {
    expect(authority.output()).toContain('wrong client credential refused')
    const metrics = await (await fetch(new URL('/metrics', authority.url))).text()
    for (const reason of ['wrong', 'limited'])
      expect(metrics).toMatch(
        new RegExp(`^freshet_client_credentials_refused_total{reason="${reason}"} \\d+$`, 'm'),
      )
    const audited = await entries()
    expect(audited).toHaveLength(ROUTES.length)
    expect(audited[0]).toContain(CLIENT)
    expect(authority.output() + metrics + audited.join('')).not.toContain(WRONG)
  })
})
