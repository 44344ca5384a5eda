import { readProblem } from '@freshet/source/problem'
import { importJwks } from '@freshet/wire'
import { ASK_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import type { DoctorTarget } from '../target.ts'

const group = 'authority'
const METADATA = 'its metadata names the issuer'

interface Metadata {
  readonly issuer?: unknown
  readonly jwks_uri?: unknown
  readonly freshet_checkpoints_jwks_uri?: unknown
}

/** The authority as edges find it: by its issuer alone. */
export function authorityChecks({ issuer, services }: DoctorTarget): readonly DoctorCheck[] {
  const withinMs = ASK_WITHIN_MS
  const from = services['authority'] ?? issuer
  const metadata = async (): Promise<Metadata> =>
    (await getJson(metadataUrl(from ?? ''))) as Metadata
  const keySet = (member: keyof Metadata, what: string) => async () =>
    keysFinding(await getJson(String((await metadata())[member])), what)
  return [
    {
      group,
      name: METADATA,
      title: 'issuer',
      withinMs,
      run: async () =>
        issuer === undefined ? notGiven : issuerFinding(issuer, (await metadata()).issuer),
    },
    {
      group,
      name: 'its token keys are published',
      title: 'token keys',
      needs: [METADATA],
      withinMs,
      run: keySet('jwks_uri', 'edges verify no token without them'),
    },
    {
      group,
      name: 'its checkpoint keys are published',
      title: 'checkpoint keys',
      needs: [METADATA],
      withinMs,
      run: keySet('freshet_checkpoints_jwks_uri', 'edges trust no revocation without them'),
    },
  ]
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no issuer is known here',
  fix: 'freshet doctor --issuer URL',
}

/** RFC 8414 §3.1: the well-known part stands before the issuer's path. */
function metadataUrl(issuer: string): URL {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  return new URL(`/.well-known/oauth-authorization-server${path}`, origin)
}

/** Compares the authority's issuer with the expected one. */
export function issuerFinding(expected: string, found: unknown): CheckFinding {
  if (found === expected) return { outcome: 'ok', detail: expected }
  return {
    outcome: 'failed',
    detail: `it calls itself ${typeof found === 'string' ? found : 'nothing'}, expected ${expected}`,
    means: 'edges that expect the other refuse every token, and get no keys',
    fix: 'give authority, reconciler, console and edges the same FRESHET_ISSUER',
  }
}

function keysFinding(json: unknown, means: string): CheckFinding {
  const keys = importJwks(json)
  if (keys.length > 0) return { outcome: 'ok', detail: keys.map(({ kid }) => kid).join(', ') }
  const fix = 'see FRESHET_TOKEN_KEYS_FILE and FRESHET_CHECKPOINT_JWKS_FILE of the authority'
  return { outcome: 'failed', detail: 'the set is empty', means, fix }
}

/** One JSON document. @throws `ProblemError` */
async function getJson(url: URL | string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}
