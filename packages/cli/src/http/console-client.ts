import { readProblem } from '@freshet/source/problem'
import type {
  ChangesAnswer,
  EdgeHistory,
  EdgesAnswer,
  HealthAnswer,
  Holders,
  Lag,
  LoginWays,
  OutstandingAnswer,
  QuarantinedDetail,
  QuarantinedList,
  RegistryAnswer,
  SlosAnswer,
  Status,
  SubjectStateJson,
  TokenPreviewJson,
  SubjectViewJson,
  TokenView,
  UsageAnswer,
} from '@freshet/insight/answers'
import type { EvidenceAnswer } from '@freshet/insight/answers'

const ANSWER_WITHIN_MS = 10_000
/** The verdict is answered from memory. A console that takes longer hangs. */
const HEALTH_WITHIN_MS = 5_000
const NOT_FOUND = 404

/** The address of the console, and the token of an admin. */
export interface ConsoleAccess {
  readonly url: string
  readonly token: string
}

/** The questions to the console. Each throws `ProblemError` with its refusal. */
export interface ConsoleClient {
  /** `undefined` while no change of that id was recorded. The signal ends the question. */
  change(id: string, until?: AbortSignal): Promise<ChangesAnswer | undefined>
  /** The latest changes, by the parameters of the route. */
  changes(query: Readonly<Record<string, string>>): Promise<ChangesAnswer>
  /** The events of the live page, behind the event with this id, until the signal aborts. */
  stream(lastId: string | undefined, until: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  token(jti: string): Promise<TokenView>
  /** A whole token goes in a body: what stands in a URL ends up in logs. */
  explain(jwt: string): Promise<TokenView>
  /** Asks `GET /v1/tokens` with this query. */
  holders(query: Readonly<Record<string, string>>): Promise<Holders>
  /** A page of the list, by the parameters of the route. */
  edges(query?: Readonly<Record<string, string>>): Promise<EdgesAnswer>
  /** The last hour of an edge, and its latest applies. */
  edgeHistory(edge: string): Promise<EdgeHistory>
  lag(): Promise<Lag>
  slos(): Promise<SlosAnswer>
  status(): Promise<Status>
  /** The one verdict. It rejects after 5 s. */
  health(): Promise<HealthAnswer>
  registry(): Promise<RegistryAnswer>
  outstanding(): Promise<OutstandingAnswer>
  usage(days: number): Promise<UsageAnswer>
  evidence(): Promise<EvidenceAnswer>
  /** Returns the ways to log in there. */
  loginWays(): Promise<LoginWays>
  /** Has it ask its identity provider. */
  loginProvider(): Promise<unknown>
  /** A page of the list, by the parameters of the route. */
  quarantined(query: Readonly<Record<string, string>>): Promise<QuarantinedList>
  quarantinedRecord(id: string): Promise<QuarantinedDetail>
  /** The raw bytes of its value; only to operators. */
  quarantinedValue(id: string): Promise<Uint8Array>
  subject(
    sub: string,
    of: { readonly tenant: string; readonly iss: string },
  ): Promise<SubjectViewJson>
  /** `undefined` from a console of an earlier version. Operators get values, and the audit records each read of them. */
  subjectState(
    sub: string,
    of: { readonly tenant: string; readonly iss: string; readonly probes: boolean },
  ): Promise<SubjectStateJson | undefined>
  /** A dry run of a mint for operators. It issues nothing, and the audit records it. */
  preview(sub: string, of: PreviewQuestion): Promise<TokenPreviewJson>
}

/** The token that a preview is of. */
export interface PreviewQuestion {
  readonly tenant: string
  readonly iss: string
  readonly audience: string
  readonly actors: readonly string[]
  readonly scopes: readonly string[]
}

/** Asks the console over HTTP. */
export function consoleClient(access: ConsoleAccess): ConsoleClient {
  const get = async <T>(path: string): Promise<T> => readAnswer(await ask(access, path))
  return {
    async change(id, until) {
      const path = `/v1/changes/${encodeURIComponent(id)}`
      const response = await ask(access, path, until ? { until } : {})
      return response.status === NOT_FOUND ? undefined : readAnswer(response)
    },
    changes: (query) => get(`/v1/changes?${new URLSearchParams(query).toString()}`),
    async stream(lastId, until) {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      const response = await ask(access, '/v1/stream', { until, headers })
      if (!response.ok || response.body === null) throw await readProblem(response)
      return response.body
    },
    token: (jti) => get(`/v1/tokens/${encodeURIComponent(jti)}`),
    explain: async (token) =>
      readAnswer(await ask(access, '/v1/tokens/explain', { body: { token } })),
    holders: (query) => get(`/v1/tokens?${new URLSearchParams(query).toString()}`),
    edges: (query = {}) => get(`/v1/edges?${new URLSearchParams(query).toString()}`),
    edgeHistory: (edge) => get(`/v1/edges/${encodeURIComponent(edge)}`),
    lag: () => get('/v1/lag'),
    slos: () => get('/v1/slos'),
    status: () => get('/v1/status'),
    health: async () =>
      readAnswer(await ask(access, '/v1/health', { until: AbortSignal.timeout(HEALTH_WITHIN_MS) })),
    registry: () => get('/v1/registry'),
    outstanding: () => get('/v1/registry/outstanding'),
    usage: (days) => get(`/v1/registry/usage?days=${days}`),
    loginWays: () => get('/v1/session/ways'),
    loginProvider: () => get('/v1/session/openid/provider'),
    evidence: () => get('/v1/evidence'),
    quarantined: (query) => get(`/v1/quarantine?${new URLSearchParams(query).toString()}`),
    quarantinedRecord: (id) => get(`/v1/quarantine/${encodeURIComponent(id)}`),
    async quarantinedValue(id) {
      const path = `/v1/quarantine/${encodeURIComponent(id)}/record`
      const { value } = await get<{ readonly value: string | null }>(path)
      return Buffer.from(value ?? '', 'base64')
    },
    ...subjectQuestions(access),
  }
}

/** The questions about one subject. */
function subjectQuestions(
  access: ConsoleAccess,
): Pick<ConsoleClient, 'subject' | 'subjectState' | 'preview'> {
  const about = (
    sub: string,
    query: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
    part = '',
  ): Promise<Response> => {
    const text = new URLSearchParams(
      query as Record<string, string> | [string, string][],
    ).toString()
    return ask(access, `/v1/subjects/${encodeURIComponent(sub)}${part}?${text}`)
  }
  return {
    subject: async (sub, { tenant, iss }) => readAnswer(await about(sub, { tenant, iss })),
    preview: async (sub, { actors, scopes, ...of }) => {
      const query = [
        ...Object.entries(of),
        ...actors.map((actor) => ['actor', actor] as const),
        ...(scopes.length === 0 ? [] : [['scope', scopes.join(' ')] as const]),
      ]
      return readAnswer(await about(sub, query, '/preview'))
    },
    async subjectState(sub, { tenant, iss, probes }) {
      const query = { tenant, iss, ...(probes && { probes: 'true' }) }
      const response = await about(sub, query, '/state')
      return response.status === NOT_FOUND ? undefined : readAnswer(response)
    },
  }
}

interface Question {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Default: a time that no answer takes. */
  readonly until?: AbortSignal
}

function ask(
  { url, token }: ConsoleAccess,
  path: string,
  { body, headers, until = AbortSignal.timeout(ANSWER_WITHIN_MS) }: Question = {},
): Promise<Response> {
  return fetch(new URL(path, url), {
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    redirect: 'error',
    signal: until,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
}

async function readAnswer<T>(response: Response): Promise<T> {
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as T
}
