import { Admission, ClientBudgets, EndpointLimiter } from '@freshet/authority'
import { createLogger } from '@freshet/runtime'
import { createMetrics } from '@freshet/telemetry'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { registerMetrics } from '../../services/authority/src/register-metrics.ts'
import { tokenRouteLimit } from '../../services/authority/src/token-route-limit.ts'
import {
  attackedAuthority,
  type AttackedAuthority,
} from '../hostile/services/attacked-authority.ts'
import { SECRET } from '../hostile/services/oauth-reading.ts'
import { basicOf } from '../requests/authority-requests.ts'
import { FORM_TYPE } from '../requests/operation.ts'

const metrics = createMetrics({ version: '0', commit: '0' })
const clock = new ManualClock()
const limiter = new EndpointLimiter({
  admission: new Admission({ clock, random: () => 0.5 }),
  clock,
})
const silent = createLogger('test', 'silent')
const stores = {
  database: { query: async () => {}, pool: { totalCount: 0, idleCount: 0, waitingCount: 0 } },
  kafka: { check: async () => {} },
  keys: {
    tokens: () => [],
    stamps: { making: () => new Uint8Array(), accepted: () => [], times: () => [] },
  },
}
const counted = { limiter, budgets: new ClientBudgets(clock), ...stores }
const observers = registerMetrics(metrics, counted, silent)

let attacked: AttackedAuthority
beforeEach(async () => {
  attacked = await attackedAuthority({ onRefusal: observers.onRefusal })
})

async function post(path: string, form: Record<string, string>): Promise<number> {
  const headers = { ...FORM_TYPE, authorization: basicOf('web', SECRET) }
  const body = new URLSearchParams(form).toString()
  return (await attacked.app.request(path, { method: 'POST', headers, body })).status
}

/** The value of a counter for a code; 0 where it has none. */
async function countOf(name: string, code: string): Promise<number> {
  const { text } = await metrics.exposition()
  const line = text.split('\n').find((each) => each.startsWith(`${name}{code="${code}"}`))
  return Number(line?.split(' ')[1] ?? 0)
}

describe('the metrics of the authority', () => {
  it('count a refused mint by its code', async () => {
    expect(await post('/oauth/token', { grant_type: 'password' })).toBe(400)
    expect(await countOf('freshet_mint_refusals_total', 'grant.unsupported')).toBe(1)
    expect(await countOf('freshet_request_refusals_total', 'grant.unsupported')).toBe(1)
  })

  it('count a refused mint before its body is read', async () => {
    tokenRouteLimit(limiter, observers).refuse(0)
    expect(await countOf('freshet_mint_refusals_total', 'limit.reached')).toBe(1)
  })

  it('control: another refusal is no refused mint', async () => {
    expect(await post('/oauth/revoke', {})).toBe(400)
    expect(await countOf('freshet_request_refusals_total', 'request.malformed')).toBe(1)
    expect(await countOf('freshet_mint_refusals_total', 'request.malformed')).toBe(0)
  })
})
