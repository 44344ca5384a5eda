import type { Holders, TokenView } from '@freshet/insight/answers'
import { explainToken, type TokenExplanation } from '@freshet/authority'
import { FreshetError } from '@freshet/protocol'
import { requireRole } from '@freshet/runtime'
import { formatRfc3339 } from '@freshet/wire'
import type { Context, Hono } from 'hono'
import { adminOf, maySeePersons } from '../admission/admission.ts'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'
import { holdersJson, issuanceJson, pastTokenJson } from '../evidence/evidence-json.ts'
import { readHolderQuestion } from '../evidence/holder-question.ts'
import { readTokenQuestion, wrongToken } from './token-question.ts'
import { tokenJson } from '../wire.ts'

/** The verdicts on a token, its content, and the present or past holders of a value. */
export function addTokenRoutes(app: Hono, parts: ConsoleParts): void {
  const { loaded, evidence } = parts
  const judging = () => ({ ...parts.judging, loaded: loaded() })
  app.get('/v1/tokens', async (c) => {
    // The holders of a value need a higher role than the state of the system.
    requireRole(adminOf(c), 'operator')
    const { question, limit } = readHolderQuestion(c.req.query(), parts.judging.clock.nowMs())
    const page = await evidence.holders(question, limit)
    const at = formatRfc3339(question.atMs)
    return c.json({ apiVersion: API_VERSION, at, ...holdersJson(page) } satisfies Holders)
  })
  app.get('/v1/tokens/:jti', async (c) => {
    const jti = c.req.param('jti')
    const explained = await explainToken(jti, { ...judging(), keys: [] }).catch(wrongToken)
    return answer(c, parts, { explained, jti })
  })
  app.post('/v1/tokens/explain', async (c) => {
    const token = readTokenQuestion(new Uint8Array(await c.req.arrayBuffer()))
    const deps = { ...judging(), keys: await parts.tokenKeys() }
    const explained = await explainToken(token, deps).catch(wrongToken)
    return answer(c, parts, { explained, jti: explained?.token.jti ?? token })
  })
}

interface Answered {
  readonly explained: TokenExplanation | undefined
  readonly jti: string
}

async function answer(
  c: Context,
  { evidence, history, judging }: ConsoleParts,
  { explained, jti }: Answered,
): Promise<Response> {
  const issued = await evidence.issued(jti)
  const mayRead = maySeePersons(c)
  const token = explained
    ? tokenJson(explained, { persons: mayRead })
    : issued && pastTokenJson(issued, judging.clock.nowMs())
  if (token === undefined) {
    throw new FreshetError('request.not-found', 'No token of that id is known.')
  }
  const issuance = issued === undefined ? null : await issuanceJson(issued, history, mayRead)
  const tokenView = { apiVersion: API_VERSION, ...token, issuance }
  return c.json(tokenView satisfies TokenView)
}
