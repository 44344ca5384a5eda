import { askSourceSequence, postAsSource, type SourceKey } from '@freshet/source'
import { ProblemError } from '@freshet/source/problem'
import { HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import { newsOf, pauseMs, type HeartbeatNews, type Round } from './heartbeat-pace.ts'

/** Heartbeats of a tenant that state one number before the source asks for the last one again. */
const HEARTBEATS_PER_NUMBER = 10

/** A tenant of a heartbeat, with the last number of the source there where it is dense. */
interface TenantEnd {
  readonly tenant: string
  readonly sequence?: string
}

/** The ends of a source's feeds, as its heartbeats state them. */
interface FeedEnds {
  /** @throws `ProblemError` with the gateway's refusal */
  endOf(tenant: string): Promise<TenantEnd>
  /** Asks the gateway again for the last number of these tenants. */
  forget(tenants: readonly string[]): void
}

/**
 * A dense source states its last number. Other programs emit for the same source, so a number that is kept can be below
 * the last one. That overstates nothing: the gateway puts a heartbeat behind all that it has stamped, whatever its
 * number. The number only shows a gateway that knows less than it did. So the source asks again from time to time, and
 * after a refusal.
 */
function feedEnds(key: SourceKey, gateway: string, signal: AbortSignal): FeedEnds {
  /** The last number of each tenant as the gateway returned it, and how many heartbeats have stated it. */
  const numbers = new Map<string, { readonly last: string; heartbeats: number }>()
  /** True if the source is dense; undefined until the gateway has answered. */
  let isDense: boolean | undefined
  async function lastOf(tenant: string): Promise<string | undefined> {
    if (isDense === false) return undefined
    const known = numbers.get(tenant)
    if (known !== undefined && known.heartbeats < HEARTBEATS_PER_NUMBER) {
      known.heartbeats += 1
      return known.last
    }
    const { next } = await askSourceSequence(key, gateway, tenant, signal)
    isDense = next !== undefined
    if (next === undefined) return undefined
    const last = String(BigInt(next) - 1n)
    numbers.set(tenant, { last, heartbeats: 1 })
    return last
  }
  return {
    async endOf(tenant) {
      const sequence = await lastOf(tenant)
      return sequence === undefined ? { tenant } : { tenant, sequence }
    },
    forget(tenants) {
      for (const tenant of tenants) numbers.delete(tenant)
    },
  }
}

/** A source that only sends heartbeats, and the parts of the process that it uses. */
export interface HeartbeatSource {
  readonly key: SourceKey
  readonly gateway: string
  readonly tenants: readonly string[]
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly nowMs: () => number
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number) => Promise<void>
  /** Called for each new trouble, and when the last one has ended. */
  readonly onNews: (news: HeartbeatNews) => void
}

/** Sends the heartbeats of a source in each of its tenants until the signal aborts. It continues after every failure. */
export async function sendHeartbeats(source: HeartbeatSource): Promise<void> {
  const { key, gateway, everyMs, signal } = source
  const ends = feedEnds(key, gateway, signal)
  let before: Round | undefined
  let fruitless = 0
  while (!signal.aborted) {
    const startMs = source.nowMs()
    const round = await sendRound(source, ends)
    if (signal.aborted) return
    for (const news of newsOf(before, round)) source.onNews(news)
    before = round
    fruitless = round.accepted > 0 ? 0 : fruitless + 1
    const ms = pauseMs(everyMs, fruitless, source.nowMs() - startMs)
    await source.sleep(ms).catch(ignore)
  }
}

const ignore = (): void => undefined

/** One heartbeat for all tenants, or for as many as one request can name. */
async function sendRound(source: HeartbeatSource, ends: FeedEnds): Promise<Round> {
  const troubles: string[] = []
  const report = (error: unknown): undefined => {
    troubles.push(whyOf(error))
    return undefined
  }
  let accepted = 0
  for (let at = 0; at < source.tenants.length; at += HEARTBEAT_TENANTS_MAX) {
    const names = source.tenants.slice(at, at + HEARTBEAT_TENANTS_MAX)
    const isAccepted = await sendHeartbeat(source, ends, { names, report }).catch(
      (error: unknown) => {
        report(error)
        return names.length > 1 && isOfOneTenant(error)
      },
    )
    if (isAccepted) accepted += 1
  }
  return { accepted, troubles }
}

/** Returns whether a request can have been refused for one of its tenants, and accepted for the others. */
function isOfOneTenant(error: unknown): boolean {
  return error instanceof ProblemError && error.status < 500 && error.status !== TOO_MANY
}

const TOO_MANY = 429

/** The tenants of one request, and the receiver of what fails. */
interface HeartbeatRequest {
  readonly names: readonly string[]
  readonly report: (error: unknown) => undefined
}

/** The clock is read before the ends of the feeds are asked for, so that `through` never overstates. */
async function sendHeartbeat(
  { key, gateway, signal, nowMs }: HeartbeatSource,
  ends: FeedEnds,
  { names, report }: HeartbeatRequest,
): Promise<boolean> {
  const through = new Date(nowMs()).toISOString()
  const pending = names.map((tenant) => ends.endOf(tenant).catch(report))
  const tenants = (await Promise.all(pending)).filter((each) => each !== undefined)
  if (tenants.length === 0) return false
  const at = { gateway, path: '/v1/heartbeats' }
  const body = { contentType: 'application/json', json: bodyOf(tenants, through), until: signal }
  try {
    await postAsSource(key, at, body)
    return true
  } catch (error) {
    ends.forget(names)
    throw error
  }
}

function bodyOf(tenants: readonly TenantEnd[], through: string): object {
  const [first] = tenants
  return tenants.length === 1 ? { ...first, through } : { through, tenants }
}

/** The reason, with that of a failed connection. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return `${error.message}: ${cause.message || cause.name}`
}
