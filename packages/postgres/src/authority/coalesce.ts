import { gather, type Timer } from '@freshet/wire'
import { isOfOneRow } from '../connection/errors.ts'

/** Queries of one statement; what they ask fits into one many times over. */
export const COALESCED_MAX = 64
/**
 * The least time between the begins of two statements of a kind, in milliseconds. A statement for four mints
 * takes the processor of both sides little longer than one for one mint; a lone mint does not wait.
 */
export const COALESCED_APART_MS = 3

/** Gives the answers in the order of the queries, which are all of one tenant. */
type Run<Query, Answer> = (tenant: string, queries: readonly Query[]) => Promise<readonly Answer[]>

/** The parts that calls are joined by. */
export interface CoalesceOptions<Query, Answer> {
  readonly tenantOf: (query: Query) => string
  readonly run: Run<Query, Answer>
  readonly timer?: Timer | undefined
}

/**
 * Lets calls that are made at the same time share a statement: one round trip, and one wait for the disk
 * where something is stored. A call leaves at once, unless others are on the way; then it leaves with all
 * that were made until they are back. Its statement is sent after the call was made.
 *
 * With a timer, statements begin at least {@link COALESCED_APART_MS} after each other.
 *
 * Only what is of one tenant shares a statement; those of several leave side by side.
 *
 * If the server refuses a statement for one of its calls, nothing of it was done, and each call is sent
 * alone: no call fails because of another one.
 */
export function coalesce<Query, Answer>(
  how: CoalesceOptions<Query, Answer>,
): (query: Query) => Promise<Answer> {
  const { timer } = how
  return gather((queries) => answerTenants(how, queries), {
    max: COALESCED_MAX,
    callsMax: 1,
    ...(timer && { apart: { ms: COALESCED_APART_MS, timer } }),
  })
}

async function answerTenants<Query, Answer>(
  { tenantOf, run }: CoalesceOptions<Query, Answer>,
  queries: readonly Query[],
): Promise<readonly Promise<Answer>[]> {
  const groups = [...new Set(queries.map(tenantOf))].map((tenant) => {
    const own = queries.filter((query) => tenantOf(query) === tenant)
    return { own, answers: answerEach((some) => run(tenant, some), own) }
  })
  await Promise.allSettled(groups.map(({ answers }) => answers))
  const answerTo = async (query: Query): Promise<Answer> => {
    const group = groups.find(({ own }) => own.includes(query))
    const answers = (await group?.answers) ?? []
    return answers[group?.own.indexOf(query) ?? 0] as Answer | Promise<Answer>
  }
  return queries.map(answerTo)
}

async function answerEach<Query, Answer>(
  run: (queries: readonly Query[]) => Promise<readonly Answer[]>,
  queries: readonly Query[],
): Promise<readonly (Answer | Promise<Answer>)[]> {
  try {
    return await run(queries)
  } catch (error) {
    if (queries.length === 1 || !isOfOneRow(error)) throw error
    const outcomes: PromiseSettledResult<readonly Answer[]>[] = []
    for (const query of queries) outcomes.push(...(await Promise.allSettled([run([query])])))
    return outcomes.map(outcomeOf)
  }
}

async function outcomeOf<Answer>(
  outcome: PromiseSettledResult<readonly Answer[]>,
): Promise<Answer> {
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value[0] as Answer
}
