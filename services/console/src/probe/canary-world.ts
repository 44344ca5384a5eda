import type { Subject } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { signJws, type SigningKey, type Timer } from '@freshet/wire'
import { progressOf, type Observatory, type ProbeWorld } from '@freshet/insight'
import { check, exchange } from './probe-http.ts'
import type { ProbeSource } from './probe-source.ts'

const SUBJECT_TOKEN_LIFE_S = 60
const VALUE = 'granted'
const RECORDED_WITHIN_MS = 5_000
const EVERY_MS = 25

/** The services that a probe uses. */
export interface CanaryParts {
  readonly source: ProbeSource
  readonly issuer: string
  readonly client: { readonly id: string; readonly secret: string }
  readonly idp: { readonly issuer: string; readonly key: SigningKey }
  /** Sidecars by name. */
  readonly edges: ReadonlyMap<string, string>
  readonly observatory: Pick<Observatory, 'change'>
  readonly clock: Pick<Timer, 'nowMs' | 'sleep'>
  readonly randomId: () => string
  readonly signal: AbortSignal
}

/** The product as a probe of one claim sees it, with a subject that belongs to no person. */
export function canaryWorld(parts: CanaryParts, claim: string, sub: string): ProbeWorld {
  const { source, issuer, client, idp, edges, observatory } = parts
  const subject: Subject = { tenant: PROBE_NAME, iss: idp.issuer, sub }
  let isGranted = false
  const state = (op: 'add' | 'remove') => source.state({ op, claim, values: [VALUE], subject })
  const progress: ProbeWorld['progress'] = async (id) => {
    const [timeline] = await observatory.change(id)
    return timeline && progressOf(timeline)
  }
  return {
    targets: [...edges.keys()],
    progress,
    async grant() {
      isGranted = true
      const id = await state('add')
      await recorded(parts, () => progress(id))
    },
    mint: () => {
      const subjectToken = tokenOf(parts, sub)
      return exchange(issuer, client, { subjectToken, audience: PROBE_NAME })
    },
    ask: (target, token) =>
      check(edges.get(target) ?? '', token, { audience: PROBE_NAME, claim, value: VALUE }),
    async remove() {
      const id = await state('remove')
      isGranted = false
      return id
    },
    async restore() {
      if (isGranted) await state('remove')
    },
  }
}

async function recorded(
  { clock, signal }: CanaryParts,
  poll: () => Promise<unknown>,
): Promise<void> {
  const untilMs = clock.nowMs() + RECORDED_WITHIN_MS
  while (!signal.aborted && clock.nowMs() < untilMs) {
    if ((await poll()) !== undefined) return
    await clock.sleep(EVERY_MS, signal)
  }
  throw new NotRecorded(`it was not recorded within ${RECORDED_WITHIN_MS} ms`)
}

function tokenOf({ idp, issuer, clock, randomId }: CanaryParts, sub: string): string {
  const iat = Math.floor(clock.nowMs() / 1000)
  const exp = iat + SUBJECT_TOKEN_LIFE_S
  const claims = { iss: idp.issuer, sub, aud: issuer, iat, exp, jti: randomId() }
  return signJws(Buffer.from(JSON.stringify(claims)), idp.key, { typ: 'JWT' })
}

/** The grant did not come so far. */
class NotRecorded extends Error {}
